import assert from "node:assert/strict";
import { allocatorVariables, foreignAllocatorVariables } from "./allocator_variables.ts";

const tensors = "glibc.malloc.mmap_threshold=8388608:glibc.malloc.trim_threshold=67108864";

Deno.test({
  name: "allocatorVariables are given once, and never against the user's own setting",
  ignore: Deno.build.os !== "linux",
  fn() {
    assert.deepEqual(allocatorVariables(undefined), {
      GLIBC_TUNABLES: `glibc.malloc.hugetlb=1:${tensors}`,
    });
    assert.deepEqual(allocatorVariables("glibc.malloc.check=1"), {
      GLIBC_TUNABLES: `glibc.malloc.check=1:glibc.malloc.hugetlb=1:${tensors}`,
    });
    assert.deepEqual(allocatorVariables("glibc.malloc.hugetlb=0"), {
      GLIBC_TUNABLES: `glibc.malloc.hugetlb=0:${tensors}`,
    });
    const { GLIBC_TUNABLES: all } = allocatorVariables(undefined);
    assert.deepEqual(allocatorVariables(all), {});
  },
});

Deno.test("foreignAllocatorVariables leave huge pages and what the user set", () => {
  assert.deepEqual(foreignAllocatorVariables(undefined), {});
  assert.deepEqual(
    foreignAllocatorVariables(`glibc.malloc.check=1:glibc.malloc.hugetlb=1:${tensors}`),
    { GLIBC_TUNABLES: "glibc.malloc.check=1:glibc.malloc.hugetlb=1" },
  );
  const own = "glibc.malloc.mmap_threshold=1048576";
  assert.deepEqual(foreignAllocatorVariables(own), { GLIBC_TUNABLES: own });
});
