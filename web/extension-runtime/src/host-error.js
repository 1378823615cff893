// A host function answered with an error; `code` is the WIT's case, such as "not-allowed".
export class HostError extends Error {
  constructor(functionName, code) {
    super(`${functionName}: ${typeof code === "string" ? code : JSON.stringify(code)}`);
    this.name = "HostError";
    this.functionName = functionName;
    this.code = code;
  }
}
