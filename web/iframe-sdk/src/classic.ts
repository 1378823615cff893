// The classic script, for pages without a bundler: the global AnnexIframeSdk. It speaks envelope v1, too.
export { connect } from "./alga/connect.ts";
export { AnnexError } from "./errors/annex-error.ts";
