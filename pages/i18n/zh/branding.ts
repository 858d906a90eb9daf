import type { branding as english } from "../en/branding.ts";
import type { Translated } from "../texts.ts";

/** Chinese texts: branding. */
export const branding: Translated<typeof english> = {
  title: "品牌",
  text: "租户在门户、登录页和文档中看到的内容，更改后几秒生效。",
  readOnly: "更改品牌需要 operators 权限。",
  settings: "名称、颜色和链接",
  name: "名称",
  nameHint: "留空则为 Paddock。",
  color: "颜色",
  colorHint: "#rgb 或 #rrggbb。文字难以辨认时，页面会自动加深或变浅。",
  supportUrl: "支持地址",
  supportHint: "https 网址，或带一个地址的 mailto:。",
  termsUrl: "服务条款",
  saved: "品牌已保存，其他页面在下次打开时显示。",
  logo: "标志",
  logoAlt: "当前标志",
  noLogo: "没有标志：页面显示产品自带的图标。",
  logoFile: "图片文件",
  logoHint: "PNG、JPEG 或 WebP，最大 256 KiB。方形图片效果最佳。",
  upload: "上传",
  tooLarge: "文件超过 256 KiB。",
  noFile: "请先选择文件。",
  logoSaved: "标志已保存",
  removeLogo: "移除标志",
  removeLogoTitle: "移除标志？",
  removeLogoText: "门户、登录页和文档将改为显示产品自带的图标。",
  logoRemoved: "标志已移除",
};
