import type { tasks as english } from "../en/tasks.ts";
import type { Translated } from "../texts.ts";

/** Chinese texts: tasks. */
export const tasks: Translated<typeof english> = {
  title: "任务",
  status: "状态",
  model: "模型",
  key: "密钥",
  endUser: "最终用户",
  from: "从（UTC）",
  to: "到（UTC）",
  metadata: "元数据",
  metadataHint: "order=4711",
  prompt: "提示词或名称",
  none: "没有任务",
  noneOperator: "此租户生成的内容会显示在这里。",
  nonePortal: "您用密钥或在 Playground 中生成的内容会显示在这里。",
  nothing: "没有符合的任务",
  nothingText: "请更改或清除筛选条件。",
  files: "文件",
  credits: "点数",
  submitted: "提交",
  kind: "类型",
  gallery: "图库",
  table: "表格",
  view: "视图",
  progress: "进度",
};
