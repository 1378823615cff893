import {
  Alert,
  AlertDescription,
  AlertTitle,
  Badge,
  Banner,
  Button,
  CopyButton,
  Empty,
  LoadingIndicator,
  Progress,
  Skeleton,
  SkeletonCircle,
  SkeletonRectangle,
  SkeletonText,
  Spinner,
  Stack,
  StatusText,
  useToast,
} from "../../src/index.ts";
import type { Story } from "../story.ts";

function ToastExample() {
  const toast = useToast();
  return (
    <Stack direction="row" gap={1}>
      <Button
        onClick={() =>
          toast({ text: "invoice-notes is disabled.", action: { label: "Undo", onAction: () => undefined } })
        }
      >
        Disable
      </Button>
      <Button onClick={() => toast({ text: "Saved." })}>Save</Button>
    </Stack>
  );
}

export const feedback: Story[] = [
  {
    name: "Alert",
    do: "Say what happened, what it means, what to do.",
    dont: "“Something went wrong”.",
    Example: () => (
      <Stack gap={1}>
        <Alert
          announce="none"
          tone="danger"
          title="Publishing failed"
          actions={<Button>View version 1.4.0</Button>}
        >
          Version "1.4.0" of acme/invoice-notes is already published and cannot be changed. Choose a new
          version number and publish again.
        </Alert>
        <Alert announce="none" tone="warning">
          northwind has used 80 % of its calls for this minute.
        </Alert>
        <Alert announce="none" tone="success" onDismiss={() => undefined}>
          1.4.0 is published.
        </Alert>
        <Alert announce="none">
          <AlertTitle>1.4.0 asks for one new right</AlertTitle>
          <AlertDescription>1.3.2 keeps running until you decide.</AlertDescription>
        </Alert>
      </Stack>
    ),
  },
  {
    name: "Banner",
    do: "Speak about the page: stale, offline, waiting.",
    dont: "Advertise.",
    Example: () => (
      <Stack gap="none">
        <Banner tone="warning" actions={<Button size="small">Retry</Button>}>
          Shown as of 12:03:11. The registry is not answering; retrying in 5 s.
        </Banner>
        <Banner>1.4.0 waits for your consent.</Banner>
      </Stack>
    ),
  },
  {
    name: "Toast",
    do: "Confirm what the page shows, too; offer Undo.",
    dont: "Report an error only here.",
    Example: ToastExample,
  },
  {
    name: "Badge and StatusText",
    do: "Use the words of the glossary.",
    dont: "A lone tick, or a colour without words.",
    Example: () => (
      <Stack gap={1}>
        <Stack direction="row" gap={1}>
          <Badge>pre-release</Badge>
          <Badge tone="info">2 bundles</Badge>
          <Badge tone="success">Signed by acme-ci</Badge>
          <Badge tone="warning">yanked</Badge>
          <Badge tone="danger">Verification failed</Badge>
        </Stack>
        <Stack direction="row" gap={2}>
          <StatusText>Disabled</StatusText>
          <StatusText tone="success">Running</StatusText>
          <StatusText tone="warning">Needs consent</StatusText>
          <StatusText tone="danger">Failing</StatusText>
          <StatusText tone="info">Rolling out 10%</StatusText>
        </Stack>
      </Stack>
    ),
  },
  {
    name: "Empty",
    do: "Say why it is empty and what to do first.",
    dont: "Draw a sad face.",
    Example: () => (
      <Empty
        title="No extensions in northwind yet"
        actions={
          <>
            <Button variant="primary">Browse catalogue</Button>
            <CopyButton value="annex init" text="Copy command" />
          </>
        }
      >
        Install one from the catalogue, or publish your own with annex init.
      </Empty>
    ),
  },
  {
    name: "Skeleton",
    do: "Outline what is coming, in its real size.",
    dont: "Show it for less than 200 ms; it waits by itself.",
    Example: () => (
      <Stack>
        <Skeleton />
        <SkeletonText />
        <SkeletonCircle />
        <SkeletonRectangle />
      </Stack>
    ),
  },
  {
    name: "Spinner and LoadingIndicator",
    do: "Say what is awaited.",
    dont: "Use it where the length is known: that is Progress.",
    Example: () => (
      <Stack direction="row">
        <Spinner size="small" />
        <Spinner label="Reading versions" showLabel />
        <Spinner size="large" />
        <LoadingIndicator text="Starting invoice-notes" />
      </Stack>
    ),
  },
  {
    name: "Progress",
    do: "Name both ends: “3.1 MB of 12 MB”.",
    dont: "Let it jump back.",
    Example: () => (
      <Stack>
        <Progress label="Uploading" value={3.1} max={12} text="3.1 MB of 12 MB" />
        <Progress label="Calls this minute" value={486} max={600} tone="warning" text="486 of 600" />
        <Progress label="Storage" value={5} max={5} tone="danger" />
        <Progress label="Checking the bundle" />
      </Stack>
    ),
  },
];
