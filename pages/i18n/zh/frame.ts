import type { frame as english } from "../en/frame.ts";
import type { Translated } from "../texts.ts";

/** Chinese texts: frame. */
export const frame: Translated<typeof english> = {
  console: "控制台",
  portal: "门户",
  consoleTitle: "Paddock 控制台",
  portalTitle: "Paddock 门户",
  navConsole: "控制台",
  navPortal: "门户",
  overview: "概览",
  tenants: "租户",
  prices: "价格",
  audit: "审计日志",
  operators: "操作员",
  home: "首页",
  tasks: "任务",
  playground: "体验中心",
  usage: "用量",
  credits: "点数",
  keys: "密钥",
  webhook: "Webhook",
  apiReference: "API 参考",
  signOut: "退出登录",
  theme: "浅色或深色",
  language: "语言",
  skip: "跳到内容",
  menu: "菜单",
  suspended: "此账户已暂停：恢复之前无法生成或更改任何内容。",
};
