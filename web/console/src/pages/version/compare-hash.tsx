import { HashText, Section, TextField } from "@annex/ui-kit";
import { useState } from "react";

/** Says whether a hash from elsewhere is this one; by eye, twelve digits look alike too easily. */
export function CompareHash({ contentHash }: { contentHash: string }) {
  const [text, setText] = useState("");
  const pasted = normalised(text);
  return (
    <Section title="Compare a hash">
      <TextField
        label="Content hash from elsewhere"
        hint="The whole hash, with or without sha256: before it."
        code
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <p role="status">
        {pasted !== "" &&
          (pasted === contentHash ? "Same." : <Difference ours={contentHash} theirs={pasted} />)}
      </p>
    </Section>
  );
}

function Difference({ ours, theirs }: { ours: string; theirs: string }) {
  if (!/^sha256:[0-9a-f]{64}$/.test(theirs)) return "This is not a whole content hash.";
  return (
    <>
      Different. Here <HashText value={ours} comparedWith={theirs} plain />, there{" "}
      <HashText value={theirs} comparedWith={ours} plain />.
    </>
  );
}

function normalised(text: string): string {
  const hash = text.trim().toLowerCase();
  return hash === "" || hash.startsWith("sha256:") ? hash : `sha256:${hash}`;
}
