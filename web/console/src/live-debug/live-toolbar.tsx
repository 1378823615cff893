import { Button, Icon, SearchInput, Select, Switch, TextField } from "@annex/ui-kit";
import { type FormEvent, useState } from "react";
import { MOST_TERMS } from "./highlights.ts";
import type { LiveOptions } from "./live-options.ts";
import { FIELD_WORDS, type FilterWish, LEVELS, type Level } from "./row-filter.ts";

export interface LiveToolbarProps {
  readonly filter: FilterWish;
  readonly refused: string | null;
  readonly setFilter: (filter: FilterWish) => void;
  readonly terms: readonly string[];
  readonly setTerms: (terms: readonly string[]) => void;
  readonly options: LiveOptions;
  readonly setOptions: (options: LiveOptions) => void;
}

/** What is shown of the lines, and how. */
export function LiveToolbar(props: LiveToolbarProps) {
  const { filter, refused, setFilter, terms, setTerms, options, setOptions } = props;
  const option = (name: keyof LiveOptions) => ({
    checked: options[name],
    onChange: (checked: boolean) => setOptions({ ...options, [name]: checked }),
  });
  return (
    <section className="live-toolbar" aria-label="What is shown">
      <div className="run-filters-row">
        <Select
          label="Level"
          value={filter.level}
          onChange={(level) => setFilter({ ...filter, level: level as Level })}
          options={LEVELS.map((value) => ({
            value,
            label: value === "error" ? "error" : `${value} and above`,
          }))}
        />
        <SearchInput
          label={filter.isRegex ? "Filter by pattern" : "Filter by text"}
          hideLabel={false}
          value={filter.text}
          error={refused ?? undefined}
          maxLength={200}
          onChange={(text) => setFilter({ ...filter, text })}
          data-shortcut="filter"
        />
        <Switch
          label="Pattern"
          checked={filter.isRegex}
          onChange={(isRegex) => setFilter({ ...filter, isRegex })}
        />
        <Terms terms={terms} setTerms={setTerms} />
      </div>
      <div className="run-filters-row">
        <Switch label="Wrap" {...option("wrap")} />
        <Switch label="Times" {...option("timestamps")} />
        <Switch label="Group by execution" {...option("group")} />
        <Switch label="Say a summary every 10 s" {...option("summary")} />
      </div>
      <Chips filter={filter} setFilter={setFilter} terms={terms} setTerms={setTerms} />
    </section>
  );
}

function Terms({ terms, setTerms }: Pick<LiveToolbarProps, "terms" | "setTerms">) {
  const [text, setText] = useState("");
  const isFull = terms.length >= MOST_TERMS;
  const add = (event: FormEvent) => {
    event.preventDefault();
    const term = text.trim();
    if (term !== "" && !terms.includes(term)) setTerms([...terms, term]);
    setText("");
  };
  return (
    <form className="typed-filter" onSubmit={add}>
      <TextField
        label="Highlight"
        value={text}
        maxLength={80}
        disabled={isFull}
        placeholder={isFull ? `${MOST_TERMS} at most` : ""}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Button type="submit" disabled={isFull || text.trim() === ""}>
        Highlight
      </Button>
    </form>
  );
}

function Chips({
  filter,
  setFilter,
  terms,
  setTerms,
}: Omit<LiveToolbarProps, "options" | "setOptions" | "refused">) {
  if (filter.fields.length === 0 && terms.length === 0) return null;
  return (
    <ul className="chips" aria-label="Set filters and highlights">
      {filter.fields.map(({ field, value }) => (
        <li key={field}>
          <Button
            size="small"
            icon={<Icon name="close" />}
            onClick={() =>
              setFilter({ ...filter, fields: filter.fields.filter((one) => one.field !== field) })
            }
          >
            <span className="annex-hidden">Remove </span>
            {FIELD_WORDS[field]} {value}
          </Button>
        </li>
      ))}
      {terms.map((term, index) => (
        <li key={term}>
          <Button
            size="small"
            icon={<Icon name="close" />}
            onClick={() => setTerms(terms.filter((one) => one !== term))}
          >
            <span className="annex-hidden">Do not highlight </span>
            <mark data-term={index}>{term}</mark>
          </Button>
        </li>
      ))}
    </ul>
  );
}
