import type { served as english } from "../en/served.ts";
import type { Translated } from "../texts.ts";

/** Chinese texts of the pages that the gateway renders itself (src/html). */
export const served: Translated<typeof english> = {
  consoleTitle: "{name} 控制台",
  portalTitle: "{name} 门户",
  skip: "跳到内容",
  signIn: "登录您的门户",
  signInText: "查看任务、用量和余额，并管理密钥。此链接只能使用一次。",
  continue: "继续",
  used: "此链接已失效",
  usedText: "每个链接只能在 15 分钟内使用一次。请向您的服务商索取新链接。",
  forbidden: "此请求已被阻止",
  forbiddenText: "请重新加载页面后再试。",
  tooMany: "尝试次数过多",
  tooManyText: "请等待一分钟，然后重新打开链接。",
  mailSubject: "您的 {name} 门户链接",
  mailText: "打开链接并点击“继续”，即可登录门户。",
  mailOnce: "链接只能使用一次，15 分钟内有效。",
  mailIgnore: "如果不是您本人请求的，请忽略此邮件。",
  noScript: "JavaScript 已关闭",
  noScriptText: "此页面需要 JavaScript。请启用后重新加载页面。",
};
