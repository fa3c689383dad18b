/**
 * TSB, the Textual Semantics Bank of LGD: the classifier of zero-shot classification.
 *
 * @module
 */

export { buildTextBank, type TextBank, type TextEncoder } from "../../text/text_bank.ts";
