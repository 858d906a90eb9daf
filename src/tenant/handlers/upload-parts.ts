/**
 * Uploads in parts: the row reserves the whole size for a day, and the parts go from the Worker straight to R2. The signed
 * URLs need no other credential, so each use asks here whether the credential that began the upload still works.
 */
import { HOUR_MS, MINUTE_MS } from "../../domain/calendar.ts";
import { keyTextId } from "../../domain/client-token.ts";
import { UPLOADS_PATH, uploadKey, withExtension } from "../../domain/upload-link.ts";
import { type ApiError, apiError } from "../../errors.ts";
import { constantTimeEqual, utf8 } from "../../lib/bytes.ts";
import { isoTime } from "../../lib/iso-time.ts";
import type { Caller } from "../api.ts";
import { type Access, isWorking, isWorkingText } from "../rules/access.ts";
import { linkerOf } from "../rules/render.ts";
import type { TenantServices } from "../services.ts";
import { UPLOAD_STATE, type UploadRow } from "../store/uploads.ts";
import { PORTAL_KEY_ID } from "./portal-caller.ts";
import { hasMaker } from "./portal-sessions.ts";
import { expectSweep, newUpload, overQuota, removeParts, type UploadedFile } from "./uploads.ts";

/** Within 24 h nothing is left of an upload that nobody completes. */
const PARTS_LIFE_MS = 23 * HOUR_MS;
/** Most requests to an upload's URLs: some retries of each part. */
const TRIES_PER_PART = 10;
/** Time after which another request may complete an upload, because the first may have been interrupted. */
const COMPLETION_LEASE_MS = 2 * MINUTE_MS;

/** What is declared of a file in parts. */
export interface UploadParts {
  readonly bytes: number;
  readonly partBytes: number;
  readonly contentType: string;
}

interface StoredParts extends UploadParts {
  /** Requests to the upload's URLs so far. */
  readonly tries: number;
  /**
   * The key's text (as by `keyTextId`) or the hash of the portal session with which the upload ends; absent in an upload or a
   * client token of an earlier release.
   */
  readonly madeBy?: string | undefined;
}

/** An upload in parts that has begun. */
export interface PartsSlot {
  readonly fileId: string;
  /** Names the tenant in the signed URLs. */
  readonly token: string;
  /** ms since epoch. */
  readonly expiresAt: number;
}

/** The state of an upload that is to be completed. */
export type Completion =
  | { readonly state: "done"; readonly file: UploadedFile & { readonly contentType: string; readonly bytes: number } }
  /** Another request is completing it. */
  | { readonly state: "busy" }
  | ({ readonly state: "ready" } & PartPlace);

/** Where parts are stored, and for whom. */
export interface PartPlace {
  /** Of the upload in R2. */
  readonly key: string;
  /** What was declared of it. */
  readonly file: UploadParts;
  /** The end user behind the client token that began it, or the token if it names none; null for the tenant's backend. */
  readonly endUser: string | null;
}

/** Begins an upload in parts. @returns an error: 70006, 70002 or 70009 as for an upload */
export function beginParts(services: TenantServices, access: Access, file: UploadParts): Promise<PartsSlot | ApiError> {
  return services.commit.run((): PartsSlot | ApiError => {
    const { bytes, partBytes, contentType } = file;
    const error =
      services.storageLimit.fullError() ??
      overQuota(services, access.owner, { files: 1, bytes, underWay: 0, inParts: 1 });
    if (error) return error;
    const expires_at = services.clock.now() + PARTS_LIFE_MS;
    const madeBy = makerOf(access.caller);
    const parts = JSON.stringify({ bytes, partBytes, contentType, tries: 0, madeBy } satisfies StoredParts);
    const row = newUpload(services, access, { bytes, expires_at, under_way: UPLOAD_STATE.inParts, parts });
    return { fileId: row.file_id, token: row.token, expiresAt: expires_at };
  });
}

function placeOf(row: UploadRow, tenantId: string): PartPlace {
  return { key: uploadKey(tenantId, row.token), file: readParts(row), endUser: row.end_user ?? row.token_id };
}

function makerOf(caller: Caller): string | undefined {
  if (caller.kind === "portal") return caller.session;
  return caller.kind === "key" ? keyTextId(caller.keyHash) : (caller.claims.mintedBy ?? undefined);
}

/** True while the key's text, or the portal session, that began an upload may upload. */
function isMakerWorking(services: TenantServices, { key_id }: UploadRow, { madeBy }: StoredParts): boolean {
  const now = services.clock.now();
  if (key_id === PORTAL_KEY_ID) {
    const session = madeBy === undefined ? undefined : services.portal.find(madeBy, "session", now);
    return session === undefined || (session !== null && session.role === "admin" && hasMaker(services, session, now));
  }
  const key = services.keys.get(key_id);
  if (!key?.scopes.includes("files")) return false;
  return madeBy ? isWorkingText(key, madeBy, now) : isWorking(key, now);
}

/** Allows one part to be sent. @returns where, or an error */
export function beginPart(services: TenantServices, fileId: string, token: string): Promise<PartPlace | ApiError> {
  return services.commit.run(() => {
    const found = findParts(services, fileId, token);
    if ("code" in found) return found;
    const { row, tenantId } = found;
    if (row.under_way !== UPLOAD_STATE.inParts) return apiError(40002, "The upload is complete");
    return countTry(services, row) ?? placeOf(row, tenantId);
  });
}

/** True while parts of the upload may arrive. */
export function isArriving({ uploads, clock }: TenantServices, fileId: string): boolean {
  const row = uploads.get(fileId);
  return row?.under_way === UPLOAD_STATE.inParts && row.expires_at > clock.now();
}

/** Decides who completes the upload: one request at a time. A complete one is returned again. */
export async function beginCompletion(
  services: TenantServices,
  fileId: string,
  token: string,
  publicBaseUrl: string,
): Promise<Completion | ApiError> {
  const found = await services.commit.run(() => {
    const present = findParts(services, fileId, token);
    if ("code" in present || present.row.under_way !== UPLOAD_STATE.inParts) return present;
    const now = services.clock.now();
    if ((services.completing.get(fileId) ?? 0) > now) return { state: "busy" } as const;
    const error = countTry(services, present.row);
    if (error) return error;
    services.completing.set(fileId, now + COMPLETION_LEASE_MS);
    return present;
  });
  if ("code" in found || "state" in found) return found;
  const { row, tenantId } = found;
  if (row.under_way !== UPLOAD_STATE.complete) {
    return { state: "ready", ...placeOf(row, tenantId) };
  }
  const contentType = row.content_type ?? "";
  const url = await linkerOf(services, publicBaseUrl, row.expires_at)(UPLOADS_PATH + row.token);
  const expiresAt = isoTime(row.expires_at);
  return {
    state: "done",
    file: { fileId, url: withExtension(url, contentType), contentType, bytes: row.bytes, expiresAt },
  };
}

/** Lets other requests complete the upload again, and deletes the parts of a complete one. */
export async function endCompletion(services: TenantServices, fileId: string): Promise<void> {
  services.completing.delete(fileId);
  const row = services.uploads.get(fileId);
  if (row?.under_way !== UPLOAD_STATE.complete || row.parts === null) return;
  // Due before the deletion: the deletion of expired uploads repeats an interrupted one.
  expectSweep(services, services.clock.now() + MINUTE_MS);
  await removeParts(services, row);
}

function readParts({ parts }: UploadRow): StoredParts {
  return JSON.parse(parts ?? "{}") as StoredParts;
}

/** @returns an error if the upload's URLs were used too often */
function countTry(services: TenantServices, row: UploadRow): ApiError | null {
  const parts = readParts(row);
  const most = TRIES_PER_PART * (Math.ceil(parts.bytes / parts.partBytes) + 1);
  if (parts.tries >= most) {
    return apiError(70002, "Too many requests for this upload: begin another one", { retryAfterSeconds: 60 });
  }
  services.uploads.setParts(row.file_id, JSON.stringify({ ...parts, tries: parts.tries + 1 }));
  return null;
}

/** @returns the row, if the credential that began the upload still works; or an error */
function findParts(
  services: TenantServices,
  fileId: string,
  token: string,
): { readonly row: UploadRow; readonly tenantId: string } | ApiError {
  const now = services.clock.now();
  const tenant = services.meta.tenant();
  const row = services.uploads.get(fileId);
  if (!tenant || !row || row.expires_at <= now || !constantTimeEqual(utf8(row.token), utf8(token))) {
    return apiError(40002, "The upload does not exist, or has expired");
  }
  if (tenant.settings.status === "suspended") return apiError(70004);
  const isEnded = row.token_id !== null && services.tokens.isEnded(row.token_id);
  if (isEnded || !isMakerWorking(services, row, readParts(row))) return apiError(20008);
  if (row.end_user !== null && services.endUsers.get(row.end_user).blocked) {
    return apiError(20002, "This end user is blocked");
  }
  return { row, tenantId: tenant.tenantId };
}
