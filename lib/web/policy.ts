// What the page may do: load its own files and from elsewhere nothing but MNIST, run no script within
// the markup, and compile WebAssembly.

import { PAGE_MIRROR } from "../data/sources.ts";

/** The page's Content-Security-Policy, for a `<meta>` element or a header. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  `connect-src 'self' ${PAGE_MIRROR}`,
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");
