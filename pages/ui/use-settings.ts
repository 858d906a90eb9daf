/** Settings of a list, which are in the URL: filters, search, sort and page. */
import { useEffect, useReducer } from "preact/hooks";
import { listSetting, onListSettings, setListSettings } from "../lib/router.ts";

/** Draws the component again after each change. @returns the value of a setting, "" if it is not set */
export function useSettings(): (name: string) => string {
  const [, draw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => onListSettings(() => draw(undefined)), []);
  return listSetting;
}

/** Sets a filter: the list starts at its first page again. */
export function setFilter(name: string, value: string): void {
  setListSettings({ [name]: value, page: null });
}
