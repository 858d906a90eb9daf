import type { usage as english } from "../en/usage.ts";
import type { Translated } from "../texts.ts";

/** Chinese texts: usage. */
export const usage: Translated<typeof english> = {
  title: "用量",
  day: "日期（UTC）",
  model: "模型",
  key: "密钥",
  endUser: "最终用户",
  from: "从",
  to: "到",
  groupBy: "汇总方式",
  rangeNote: "{from} 至 {to}，按提交时的 UTC 日期统计。",
  none: "这些天没有任务",
  noneText: "请选择其他日期，或在生成内容后再来查看。",
  tasks: "任务",
  credits: "点数",
  completed: "已完成",
  failed: "失败",
  cancelled: "已取消",
  running: "进行中",
  tasksADay: "每日任务（UTC）",
  creditsADay: "每日点数（UTC）",
  utcDays: "日期为 UTC。",
  figures: "显示数据",
};
