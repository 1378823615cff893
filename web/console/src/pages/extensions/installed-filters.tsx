import { Button, Checkbox, SearchInput, Select } from "@annex/ui-kit";
import { STATES } from "../../extensions/extension-state.ts";
import type { InstalledFilter, InstalledRow } from "../../extensions/installed-row.ts";
import type { UrlFilters } from "../../url-filters.ts";

export interface InstalledFiltersProps {
  readonly rows: readonly InstalledRow[];
  readonly filters: UrlFilters<keyof InstalledFilter>;
}

export function InstalledFilters({ rows, filters }: InstalledFiltersProps) {
  const { values, set, clear, isFiltered } = filters;
  const states = Object.entries(STATES).map(([value, { word }]) => ({ value, label: word }));
  const publishers = [...new Set(rows.map(({ publisher }) => publisher))].sort();
  return (
    <search className="filters">
      <SearchInput
        label="Search extensions"
        placeholder="Search by name or publisher"
        value={values.q}
        onChange={(text) => set("q", text)}
      />
      <Select
        label="State"
        placeholder="Any state"
        value={values.state}
        options={states}
        onChange={(state) => set("state", state)}
      />
      {publishers.length > 1 && (
        <Select
          label="Publisher"
          placeholder="Any publisher"
          value={values.publisher}
          options={publishers.map((slug) => ({ value: slug, label: slug }))}
          onChange={(publisher) => set("publisher", publisher)}
        />
      )}
      <Checkbox
        label="Has an upgrade"
        checked={values.upgrade !== ""}
        onChange={(isWanted) => set("upgrade", isWanted ? "yes" : "")}
      />
      {isFiltered && (
        <Button variant="quiet" onClick={clear}>
          Clear all
        </Button>
      )}
    </search>
  );
}
