import { Button, Icon, Select, TextField } from "@annex/ui-kit";
import { type FormEvent, useState } from "react";
import type { UrlFilters } from "../url-filters.ts";
import { CLASSES, chipsOf, type FilterName, RANGES, rangeOf, STATUSES } from "./execution-filters.ts";
import { STATUS_WORDS } from "./execution-words.ts";

const TYPED = {
  endpoint: "Endpoint",
  code: "Error code",
  slower: "Duration at least",
  request: "Request id",
  caller: "Caller id",
} as const;
type Typed = keyof typeof TYPED;
const EXAMPLES: Readonly<Record<Typed, string>> = {
  endpoint: "/notes/:id",
  code: "DEADLINE_EXCEEDED",
  slower: "500ms",
  request: "req_…",
  caller: "the principal's id",
};

/** Filters above the list; each one that is set is a chip that takes it away. */
export function FilterBar({ filters }: { filters: UrlFilters<FilterName> }) {
  const { values, set, clear, isFiltered } = filters;
  return (
    <section className="run-filters" aria-label="Filters">
      <div className="run-filters-row">
        <Select
          label="Time"
          value={rangeOf(values)}
          onChange={(range) => set("range", range === "1h" ? "" : range)}
          options={Object.entries(RANGES).map(([value, { text }]) => ({ value, label: sentence(text) }))}
        />
        <Select
          label="Status"
          value={values.class}
          onChange={(value) => set("class", value)}
          placeholder="Any status"
          options={CLASSES.map((value) => ({ value, label: value }))}
        />
        <Select
          label="Outcome"
          value={values.status}
          onChange={(value) => set("status", value)}
          placeholder="Any outcome"
          options={STATUSES.map((value) => ({ value, label: STATUS_WORDS[value].text }))}
        />
        <TypedFilter set={set} />
      </div>
      {isFiltered && (
        <ul className="chips" aria-label="Set filters">
          {chipsOf(values).map(({ name, text }) => (
            <li key={name}>
              <Button size="small" icon={<Icon name="close" />} onClick={() => set(name, "")}>
                <span className="annex-hidden">Remove </span>
                {text}
              </Button>
            </li>
          ))}
          <li>
            <Button size="small" variant="quiet" onClick={clear}>
              Clear all
            </Button>
          </li>
        </ul>
      )}
    </section>
  );
}

/** One filter that is typed: which, what, and Enter. */
function TypedFilter({ set }: { set: UrlFilters<FilterName>["set"] }) {
  const [name, setName] = useState<Typed>("endpoint");
  const [text, setText] = useState("");
  const add = (event: FormEvent) => {
    event.preventDefault();
    set(name, text.trim());
    setText("");
  };
  return (
    <form className="typed-filter" onSubmit={add}>
      <Select
        label="Filter by"
        value={name}
        onChange={(value) => setName(value as Typed)}
        options={Object.entries(TYPED).map(([value, label]) => ({ value, label }))}
      />
      <TextField
        label={TYPED[name]}
        value={text}
        placeholder={EXAMPLES[name]}
        maxLength={255}
        onChange={(event) => setText(event.currentTarget.value)}
        data-shortcut="filter"
        code
      />
      <Button type="submit" disabled={text.trim() === ""}>
        Add filter
      </Button>
    </form>
  );
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
