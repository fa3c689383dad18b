/** Contents of what specs name, for tests of keys: everything is told by its name. */

import type { PlanContents } from "../plan.ts";

/** What a test may change; the rest is told by names. */
export interface ContentChanges {
  readonly methodVersion?: number;
  readonly taskVersions?: Readonly<Record<string, number>>;
  readonly data?: string;
  readonly teacher?: string;
  readonly classNames?: readonly string[];
  readonly templates?: readonly string[];
  readonly plugins?: Readonly<Record<string, string>>;
}

/** Contents with changes. */
export function makeContents(changes: ContentChanges = {}): PlanContents {
  const text = {
    classNames: changes.classNames ?? ["dog", "cat"],
    templates: changes.templates ?? ["a {}"],
  };
  const plugins = changes.plugins ?? {};
  const data = changes.data ?? "fingerprint";
  return {
    train: (spec) => ({
      methodVersion: spec.method === null ? null : changes.methodVersion ?? 1,
      data: `${data} of ${spec.data}`,
      teacher: spec.teacher === null ? null : changes.teacher ?? `hash of ${spec.teacher}`,
      text: spec.text === null ? null : text,
      algorithms: null,
      plugins,
    }),
    measure: (spec) => ({
      taskVersion: changes.taskVersions?.[spec.task] ?? 1,
      data: { val: `${data} of ${spec.data}` },
      text,
      plugins,
    }),
  };
}
