import { HostError } from "./host-error.js";

// The functions of one interface. One engine gives an imported interface as its module's default export, another as
// the module itself; one throws a result's error bare, the other as `payload`.
export function offered(name, module, functions, aliases = {}) {
  const imported = module.default ?? module;
  const calls = functions.map((key) => [key, (...values) => called(`${name}.${key}`, imported[key], values)]);
  const byName = Object.fromEntries(calls);
  return { ...byName, ...Object.fromEntries(Object.entries(aliases).map(([alias, key]) => [alias, byName[key]])) };
}

function called(functionName, call, values) {
  try {
    return call(...values);
  } catch (error) {
    throw isCode(error) ? new HostError(functionName, error?.payload ?? error) : error;
  }
}

function isCode(error) {
  return typeof error === "string" || (typeof error === "object" && error !== null && "payload" in error);
}
