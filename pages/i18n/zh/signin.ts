import type { signin as english } from "../en/signin.ts";
import type { Translated } from "../texts.ts";

/** Chinese texts: signin. */
export const signin: Translated<typeof english> = {
  title: "登录",
  account: "账户",
  accountHint: "任意名称，仅供密码管理器使用。",
  token: "操作员令牌",
  tokenHint: "操作员的令牌，或部署的 ADMIN_TOKEN。",
  wrong: "这不是此网关的操作员令牌。",
  ended: "您已退出登录，请重新登录。",
  signedOut: "您已退出登录",
  youSignedOut: "您已退出登录。",
  noSession: "此浏览器中没有会话，或会话已结束。",
  newLink: "要返回，请打开新的门户链接，或使用密钥登录。",
  portalTitle: "登录您的门户",
  portalText: "打开您收到的链接，或使用私密密钥登录。",
  key: "私密密钥",
  keyHint: "具有 portal 权限的密钥，以 pdk_ 开头。",
  byKey: "使用密钥登录",
  email: "电子邮箱",
  emailHint: "您的服务商登记过的邮箱地址。",
  byEmail: "给我发送链接",
  emailSent: "如果您的服务商登记过此邮箱，链接即将送达。链接只能使用一次，15 分钟内有效。",
  choose: "选择门户",
};
