/** A tenant's object about files: uploads, in one piece and in parts, and requests for file URLs. */
import type { FileSource, TenantFacts } from "../domain/file-source.ts";
import { type ApiError, apiError } from "../errors.ts";
import type { Caller, Result } from "./api.ts";
import { fileFacts, fileSource, repairFile } from "./handlers/files.ts";
import * as parts from "./handlers/upload-parts.ts";
import {
  abandonUpload,
  beginUpload,
  deleteUpload,
  discardUpload,
  finishUpload,
  reserveUpload,
  type UploadedFile,
  type UploadPlace,
} from "./handlers/uploads.ts";
import { TenantForOperator } from "./operator-object.ts";

/** The methods of a tenant's object about files. */
export class TenantFiles extends TenantForOperator {
  // ---- uploads ---------------------------------------------------------------------------------------------------

  /** Reserves a place for an upload; the bytes go from the Worker straight to R2. */
  beginUpload(caller: Caller, largestBytes: number): Promise<Result<UploadPlace>> {
    return this.loader.withAccess(caller, "files", (services, access) => beginUpload(services, access, largestBytes));
  }

  /** Reserves more bytes of an upload under way. @returns an error if it must stop, else null */
  async reserveUpload(fileId: string, bytes: number): Promise<ApiError | null> {
    const services = await this.loader.openLive();
    return services ? reserveUpload(services, fileId, bytes) : apiError(20008);
  }

  /** Completes an upload whose bytes are in R2. */
  finishUpload(
    fileId: string,
    bytes: number,
    publicBaseUrl: string,
    contentType: string | null = null,
  ): Promise<UploadedFile | null> {
    return this.loader.live((services) => finishUpload(services, fileId, bytes, publicBaseUrl, contentType));
  }

  /** Begins an upload in parts. */
  beginParts(caller: Caller, file: parts.UploadParts): Promise<Result<parts.PartsSlot>> {
    return this.loader.withAccess(caller, "files", (services, access) => parts.beginParts(services, access, file));
  }

  /** Allows one part of an upload to be sent to R2. */
  async beginPart(fileId: string, token: string): Promise<parts.PartPlace | ApiError> {
    const services = await this.loader.openLive();
    return services ? parts.beginPart(services, fileId, token) : apiError(20008);
  }

  /** True while parts of the upload may arrive. */
  async isArriving(fileId: string): Promise<boolean> {
    const services = await this.loader.openLive();
    return services !== null && parts.isArriving(services, fileId);
  }

  /** Decides whether the caller is to join the parts of an upload. */
  async beginCompletion(fileId: string, token: string, publicBaseUrl: string): Promise<parts.Completion | ApiError> {
    const services = await this.loader.openLive();
    return services ? parts.beginCompletion(services, fileId, token, publicBaseUrl) : apiError(20008);
  }

  /** Ends what `beginCompletion` began, with or without a complete upload. */
  async endCompletion(fileId: string): Promise<void> {
    const services = await this.loader.openLive();
    if (services) await parts.endCompletion(services, fileId);
  }

  /** Deletes an upload whose content was refused. */
  async discardUpload(fileId: string): Promise<void> {
    const services = await this.loader.openLive();
    if (services) await discardUpload(services, fileId);
  }

  async abandonUpload(fileId: string): Promise<void> {
    const services = await this.loader.openLive();
    if (services) await abandonUpload(services, fileId);
  }

  deleteUpload(caller: Caller, fileId: string): Promise<Result<{ fileId: string }>> {
    return this.loader.withAccess(caller, "files", (services, access) => deleteUpload(services, access, fileId));
  }

  // ---- for file URLs ---------------------------------------------------------------------------------------------

  /** Returns the facts of a tenant that every file request needs; the Worker caches them for at most 10 s. */
  async fileFacts(): Promise<TenantFacts | null> {
    const services = await this.loader.open();
    return services && fileFacts(services);
  }

  /** Returns the source of a file that is not in R2. */
  async fileSource(taskId: number, secret: string, name: string): Promise<FileSource> {
    const services = await this.loader.open();
    return services ? fileSource(services, { taskId, secret, name }) : { state: "unknown" };
  }

  /** Makes the next copy of a file due now. Safe to call for any file. */
  async repairFile(taskId: number, secret: string, name: string): Promise<void> {
    const services = await this.loader.openLive();
    if (services) await repairFile(services, { taskId, secret, name });
  }
}
