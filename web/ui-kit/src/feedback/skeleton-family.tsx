import { Skeleton } from "./skeleton.tsx";

/** Lines of text that are coming. */
export function SkeletonText({ lines = 3 }: { lines?: number | undefined }) {
  return <Skeleton lines={lines} />;
}

/** A round picture that is coming. */
export function SkeletonCircle() {
  return <Skeleton shape="circle" />;
}

/** A block that is coming. */
export function SkeletonRectangle() {
  return <Skeleton shape="block" />;
}
