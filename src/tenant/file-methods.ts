/** A tenant's object about files: uploads, in one piece and in parts, and requests for file URLs. */
import type { FileSource, TenantFacts } from "../domain/file-source.ts";
import { type ApiError, apiError } from "../errors.ts";
import { fileFacts, fileSource, repairFile } from "./handlers/files.ts";
import * as parts from "./handlers/upload-parts.ts";
import * as uploads from "./handlers/uploads.ts";
import type { TenantLoader } from "./loader.ts";
import { forTenant, live, type Method, type Methods } from "./methods.ts";
import type { TenantServices } from "./services.ts";

/** A method about an upload under way: returns an error if there is no such tenant. */
const ofUpload =
  <A extends unknown[], T>(
    work: (services: TenantServices, ...args: A) => Promise<T | ApiError>,
  ): Method<A, T | ApiError> =>
  async (loader, ...args) => {
    const services = await loader.openLive();
    return services ? work(services, ...args) : apiError(20008);
  };

/** The methods about files. */
export const FILE_METHODS = {
  // ---- uploads ---------------------------------------------------------------------------------------------------

  /** Reserves a place for an upload; the bytes go from the Worker straight to R2. */
  beginUpload: forTenant("files", uploads.beginUpload),
  /** Reserves more bytes of an upload under way. @returns an error if it must stop, else null */
  reserveUpload: ofUpload(uploads.reserveUpload),
  /** Completes an upload whose bytes are in R2. */
  finishUpload: live(uploads.finishUpload),
  /** Begins an upload in parts. */
  beginParts: forTenant("files", parts.beginParts),
  /** Allows one part of an upload to be sent to R2. */
  beginPart: ofUpload(parts.beginPart),
  /** True while parts of the upload may arrive. */
  isArriving: live(parts.isArriving),
  /** Decides whether the caller is to join the parts of an upload. */
  beginCompletion: ofUpload(parts.beginCompletion),
  /** Ends what `beginCompletion` began, with or without a complete upload. */
  endCompletion: live(parts.endCompletion),
  /** Deletes an upload whose content was refused. */
  discardUpload: live(uploads.discardUpload),
  abandonUpload: live(uploads.abandonUpload),
  deleteUpload: forTenant("files", uploads.deleteUpload),

  // ---- for file URLs: a deleted tenant has them as well ------------------------------------------------------------

  /** Returns the facts of a tenant that every file request needs; the Worker caches them for some seconds. */
  async fileFacts(loader: TenantLoader): Promise<TenantFacts | null> {
    const services = await loader.open();
    return services && fileFacts(services);
  },
  /** Returns the source of a file that is not in R2. */
  async fileSource(loader: TenantLoader, taskId: number, secret: string, name: string): Promise<FileSource> {
    const services = await loader.open();
    return services ? fileSource(services, { taskId, secret, name }) : { state: "unknown" };
  },
  /** Makes the next copy of a file due now. Safe to call for any file. */
  repairFile: live((services, taskId: number, secret: string, name: string) =>
    repairFile(services, { taskId, secret, name }),
  ),
} satisfies Methods;
