/** Files of a task: pictures, videos that play, and small pictures for lists. */
import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n/t.ts";
import type { Task } from "../lib/types.ts";
import { CopyButton } from "../ui/button.tsx";
import { Icon } from "../ui/icon.tsx";
import { Notice } from "../ui/parts.tsx";

const VIDEO = 1;

/** All results of a task, to look at, play, copy and download. */
export function Results({ task }: { readonly task: Task }) {
  const shown = task.results.filter(({ fileUrl }) => fileUrl || task.taskStatus === 2);
  if (shown.length === 0) return null;
  return (
    <div class="results">
      {task.results.map((result, index) => (
        <Result key={index} task={task} result={result} number={index + 1} />
      ))}
    </div>
  );
}

function Result(props: { readonly task: Task; readonly result: Task["results"][number]; readonly number: number }) {
  const { task, number } = props;
  const { fileUrl, failReason } = props.result;
  if (!fileUrl) {
    if (task.taskStatus !== 2) return null;
    return (
      <Notice tone="bad">{t("task.resultFailed", { number, reason: failReason || t("task.resultMissing") })}</Notice>
    );
  }
  const name = `${task.taskId}-${number}.${task.taskType === VIDEO ? "mp4" : "png"}`;
  const download = `${fileUrl}${fileUrl.includes("?") ? "&" : "?"}download=${encodeURIComponent(name)}`;
  const shown = t("task.fileUrl", { number });
  return (
    <figure class="result">
      {task.taskType === VIDEO ? (
        // biome-ignore lint/a11y/useMediaCaption: generated videos have no captions.
        <video src={fileUrl} preload="metadata" playsInline controls aria-label={t("task.resultNumber", { number })} />
      ) : (
        <img src={fileUrl} alt={task.prompt || t("task.resultNumber", { number })} loading="lazy" />
      )}
      <figcaption>
        <span class="copyable">
          <a href={fileUrl} target="_blank" rel="noopener">
            {shown}
          </a>
          <CopyButton text={fileUrl} label={t("common.copyThing", { thing: shown })} />
        </span>
        <a class="button" href={download}>
          <Icon name="download" />
          {t("task.download")}
        </a>
      </figcaption>
    </figure>
  );
}

/** The first result of a task as a small picture; null if there is none. */
export function Thumbnail({ task }: { readonly task: Task }) {
  const first = task.results.find(({ fileUrl }) => fileUrl);
  if (task.taskStatus !== 2 || !first?.fileUrl) return null;
  const alt = task.prompt || task.taskName || "";
  const picture = first.thumbnailUrl ?? (task.taskType === VIDEO ? null : first.fileUrl);
  if (picture === null) return <Preview src={first.fileUrl} />;
  return <img src={picture} alt={alt} loading="lazy" decoding="async" />;
}

/** A video as a picture of itself, which moves when pointed at. */
function Preview({ src }: { readonly src: string }) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const element = video.current;
    if (!element) return;
    // A loaded video may hold a connection to the server, of which a browser has few: only those in sight have one.
    const whileVisible = new IntersectionObserver(([entry]) => {
      if (entry?.isIntersecting) element.src = src;
      else element.removeAttribute("src");
      element.load();
    });
    whileVisible.observe(element);
    return () => whileVisible.disconnect();
  }, [src]);
  const play = () => void video.current?.play().catch(() => {});
  return (
    <video
      ref={video}
      preload="metadata"
      playsInline
      loop
      muted
      aria-hidden="true"
      tabIndex={-1}
      onMouseEnter={play}
      onMouseLeave={() => video.current?.pause()}
    />
  );
}
