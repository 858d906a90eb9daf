/** What the text of an operator's search can be, besides a part of a tenant's name: ids and URLs contain where they belong. */
import { decodeBase64Url, encodeHex } from "../lib/bytes.ts";
import { parseFileToken } from "./file-link.ts";
import { KEY_ID_BYTES, KEY_PREFIX, TENANT_ID_BYTES } from "./key-format.ts";
import { parseTaskId } from "./task-id.ts";
import { taskIdOfNo } from "./task-number.ts";
import { parseUploadToken } from "./upload-link.ts";

/** Things that a tenant's object looks for; null: nothing of this kind. */
export interface Wanted {
  readonly taskId: number | null;
  /** The task must also have this number. */
  readonly taskNo: string | null;
  /** The task must also have this secret in its file URLs; `name` is the last part of the URL, as given. */
  readonly file: { readonly secret: string; readonly name: string } | null;
  readonly uploadToken: string | null;
  /** How the key's id begins. */
  readonly keyId: string | null;
}

/** A search text taken apart; null if it can only be a part of a name. */
export interface SearchTerm {
  readonly wanted: Wanted;
  /** How the id of the tenant begins: all of it for a file URL; `ten_` if the text does not contain it. */
  readonly tenantId: string;
}

const NOTHING: Wanted = { taskId: null, taskNo: null, file: null, uploadToken: null, keyId: null };
const ANY_TENANT = "ten_";
const FILE_TOKEN = /(?:^|\/)([\w-]{43})(?:\/([^/?#]*))?(?:[?#].*)?$/;
const UPLOAD_TOKEN = /(?:^|\/)([\w-]{40})(?:\.[a-z0-9]{1,8})?(?:[?#].*)?$/i;
/** A task's number, or the `webhook-id` of its event. */
const TASK_NO = /^(?:msg_)?([0-9a-f]{32})$/;
/** Fewer digits are of too many keys. */
const KEY_ID = /^key_[0-9a-f]{4,16}$/;
/** The first characters of a key's text: at least so many that they contain two bytes of the tenant's id. */
const KEY_TEXT = /^pdk_([\w-]{4,68})$/;
/** Base64url characters that contain kind, tenant and key id: the rest of a key's text is secret and is not read. */
const KEY_TEXT_READ = 28;

/** @param text as given, without spaces around it */
export function readSearchTerm(text: string): SearchTerm | null {
  const [, fileToken, name = ""] = FILE_TOKEN.exec(text) ?? [];
  const file = fileToken === undefined ? null : parseFileToken(fileToken);
  if (file !== null) {
    const { tenantId, taskId, secret } = file;
    return { wanted: { ...NOTHING, taskId, file: { secret, name } }, tenantId };
  }
  const [, uploadToken] = UPLOAD_TOKEN.exec(text) ?? [];
  const upload = uploadToken === undefined ? null : parseUploadToken(uploadToken);
  if (uploadToken !== undefined && upload !== null) {
    return { wanted: { ...NOTHING, uploadToken }, tenantId: upload.tenantId };
  }
  const [, taskNo] = TASK_NO.exec(text.toLowerCase()) ?? [];
  const numbered = taskNo === undefined ? null : taskIdOfNo(taskNo);
  if (taskNo !== undefined && numbered !== null) {
    return { wanted: { ...NOTHING, taskId: numbered, taskNo }, tenantId: ANY_TENANT };
  }
  const taskId = parseTaskId(text);
  if (taskId !== null) return { wanted: { ...NOTHING, taskId }, tenantId: ANY_TENANT };
  if (KEY_ID.test(text)) return { wanted: { ...NOTHING, keyId: text }, tenantId: ANY_TENANT };
  return readKeyText(text);
}

function readKeyText(text: string): SearchTerm | null {
  const start = KEY_TEXT.test(text) ? text.slice(KEY_PREFIX.length, KEY_PREFIX.length + KEY_TEXT_READ) : "";
  // Only groups of four characters are whole bytes.
  const bytes = decodeBase64Url(start.slice(0, start.length - (start.length % 4)));
  if (bytes === null || bytes.length === 0) return null;
  const tenant = bytes.subarray(1, 1 + TENANT_ID_BYTES);
  const key = bytes.subarray(1 + TENANT_ID_BYTES, 1 + TENANT_ID_BYTES + KEY_ID_BYTES);
  return { wanted: { ...NOTHING, keyId: `key_${encodeHex(key)}` }, tenantId: `ten_${encodeHex(tenant)}` };
}
