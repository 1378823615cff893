import { colourOf } from "./token-vars.ts";
import { colours, plain } from "./tokens.ts";

interface Token {
  $value: string;
  $description: string;
}

/** The tokens as a document of the Design Tokens Community Group's shape: one group of colours for each theme. */
export function tokensJson(): Record<string, unknown> {
  return {
    $description: "Design tokens of Annex.",
    color: {
      light: colourGroup("light", "normal"),
      dark: colourGroup("dark", "normal"),
      "light-more-contrast": colourGroup("light", "more"),
      "dark-more-contrast": colourGroup("dark", "more"),
    },
    ...plainGroups(),
  };
}

function colourGroup(theme: "light" | "dark", contrast: "normal" | "more") {
  const group: Record<string, Token | string> = { $type: "color" };
  for (const [name, token] of Object.entries(colours))
    group[name] = { $value: colourOf(token, theme, contrast), $description: token.about };
  return group;
}

function plainGroups(): Record<string, Record<string, Token & { $type: string }>> {
  const groups: Record<string, Record<string, Token & { $type: string }>> = {};
  for (const [name, token] of Object.entries(plain)) {
    const [head = "", ...rest] = name.split("-");
    groups[head] ??= {};
    groups[head][rest.join("-")] = { $type: token.type, $value: token.value, $description: token.about };
  }
  return groups;
}
