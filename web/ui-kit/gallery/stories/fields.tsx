import { useState } from "react";
import {
  Button,
  Checkbox,
  Combobox,
  CopyButton,
  DateField,
  type FieldProblem,
  FileField,
  Form,
  Grid,
  Label,
  NumberField,
  RadioGroup,
  SearchInput,
  Select,
  Stack,
  Switch,
  TextArea,
  TextField,
} from "../../src/index.ts";
import type { Story } from "../story.ts";

const publishers = ["acme", "annex-demo", "contoso", "fabrikam", "northwind", "tailspin", "wingtip"].map(
  (name) => ({
    value: name,
    label: name,
  }),
);

function FormExample() {
  const [problems, setProblems] = useState<FieldProblem[]>([]);
  const name = problems.find((problem) => problem.field === "form-name")?.text;
  const check = (data: FormData) =>
    setProblems(data.get("name") === "" ? [{ field: "form-name", text: "Enter a name for the key." }] : []);
  return (
    <Form onSubmit={check} problems={problems}>
      <TextField id="form-name" name="name" label="Name of the key" error={name} />
      <div>
        <Button type="submit" variant="primary">
          Create key
        </Button>
      </div>
    </Form>
  );
}

export const fields: Story[] = [
  {
    name: "TextField",
    do: "Say in the hint what is accepted, before it is wrong. Say in the error what to do.",
    dont: "Use the placeholder as a label, or write “invalid input”.",
    Example: () => (
      <Grid>
        <TextField label="Name" defaultValue="invoice-notes" />
        <TextField label="Contact" hint="Shown to administrators of tenants." type="email" optional />
        <TextField
          label="Version"
          error="1.4 is no version number. Write three numbers: 1.4.0."
          defaultValue="1.4"
        />
        <TextField
          label="Content hash"
          code
          readOnly
          value="sha256:9f2c41d7a0be"
          after={<CopyButton value="sha256:9f2c41d7a0be" />}
        />
        <TextField label="Tenant" disabled value="northwind" />
      </Grid>
    ),
  },
  {
    name: "TextArea",
    do: "Use it where more than one line is expected.",
    dont: "Use it for JSON that a form could ask for field by field.",
    Example: () => <TextArea label="Reason" hint="Published in the transparency log as a digest." rows={3} />,
  },
  {
    name: "NumberField",
    do: "Name the unit.",
    dont: "Use it for ids or versions: those are text.",
    Example: () => (
      <Grid>
        <NumberField label="Memory" unit="MB" defaultValue={128} min={16} max={512} />
        <NumberField label="Calls" unit="per minute" defaultValue={0} error="Enter at least 1." />
      </Grid>
    ),
  },
  {
    name: "Select",
    do: "Use it for up to about ten choices.",
    dont: "Use it for two: that is a RadioGroup or a Switch.",
    Example: () => (
      <Grid>
        <Select label="Publisher" placeholder="Any publisher" options={publishers.slice(0, 4)} />
        <Select
          label="State"
          options={[{ value: "running", label: "Running" }]}
          error="Choose another state."
        />
      </Grid>
    ),
  },
  {
    name: "Combobox",
    do: "Use it where reading all choices takes longer than typing.",
    dont: "Hide a short list behind typing.",
    Example: () => (
      <Grid>
        <Combobox id="combobox-publisher" label="Publisher" options={publishers} hint="Type to find one." />
        <Combobox label="Owner" options={publishers} defaultValue="acme" />
      </Grid>
    ),
  },
  {
    name: "Checkbox",
    do: "Use it for what is sent with a form.",
    dont: "Use it for what happens at once: that is a Switch.",
    Example: () => (
      <Stack gap={1}>
        <Checkbox label="Read tickets" defaultChecked />
        <Checkbox label="Write notes" hint="The publisher says: to store the summary." />
        <Checkbox label="All capabilities" mixed />
        <Checkbox label="I have stored it" error="Confirm before closing; it is not shown again." />
        <Checkbox label="Required capability" checked disabled readOnly />
      </Stack>
    ),
  },
  {
    name: "RadioGroup",
    do: "Show all choices, with what each means.",
    dont: "Leave out the one that is chosen now.",
    Example: () => (
      <Grid>
        <RadioGroup
          label="Expiry"
          defaultValue="90"
          options={[
            { value: "30", label: "30 days" },
            { value: "90", label: "90 days", hint: "For most uses." },
            { value: "365", label: "365 days" },
          ]}
        />
        <RadioGroup
          label="Level"
          inline
          defaultValue="info"
          error="Debug is off by policy."
          options={["debug", "info", "warn"].map((level) => ({ value: level, label: level }))}
        />
      </Grid>
    ),
  },
  {
    name: "Switch",
    do: "Apply the change at once and offer Undo.",
    dont: "Put it in a form with a Save button.",
    Example: () => (
      <Stack gap={1}>
        <Switch label="Enabled" defaultChecked />
        <Switch label="Keep bodies for 24 hours" hint="Encrypted; every look is recorded." />
        <Switch label="Managed by your platform team" disabled />
      </Stack>
    ),
  },
  {
    name: "DateField",
    do: "Say which zone a time of day is in.",
    dont: "Ask for a date in three fields.",
    Example: () => (
      <Grid>
        <DateField label="From" defaultValue="2026-11-18" />
        <DateField label="Until" precision="time" hint="In local time." />
      </Grid>
    ),
  },
  {
    name: "FileField",
    do: "Show what happens to the file before it leaves the machine.",
    dont: "Offer dropping only: the button does the same.",
    Example: () => <FileField label="Bundle" hint="A .tar.zst of at most 64 MB." accept=".zst" />,
  },
  {
    name: "SearchInput",
    do: "Put it above what it searches.",
    dont: "Search only what is loaded without saying so.",
    Example: () => <SearchInput label="Find extensions" placeholder="Name or publisher" />,
  },
  {
    name: "Form and ErrorSummary",
    do: "Check on sending; use the same words in the summary and at the field.",
    dont: "Disable the button until everything is right.",
    Example: FormExample,
  },
  {
    name: "Label",
    do: "Name a control of your own with it.",
    dont: "Put it over a field of the kit; those bring theirs.",
    Example: () => (
      <Stack gap="half">
        <Label htmlFor="gallery-colour">Colour of the badge</Label>
        <input id="gallery-colour" type="color" defaultValue="#2457c5" />
      </Stack>
    ),
  },
];
