// What the platform calls for every request that the manifest lets through.
import { type Handler, jsonResponse, readJson } from "@annex/extension-runtime";

import { addNote, listNotes, NoteRefused } from "./notes.ts";

export const handler: Handler = async (request, host) => {
  const endpoint = `${request.http.method} ${request.http.url.split("?", 1)[0]}`;
  try {
    switch (endpoint) {
      case "GET /notes":
        return jsonResponse({ notes: listNotes(host) });
      case "POST /notes":
        return jsonResponse(addNote(host, readJson(request.http)), { status: 201 });
      default:
        return jsonResponse({ message: `Nothing answers ${endpoint}.` }, { status: 404 });
    }
  } catch (error) {
    if (error instanceof NoteRefused || error instanceof SyntaxError) {
      return jsonResponse({ message: error.message }, { status: 422 });
    }
    throw error;
  }
};
