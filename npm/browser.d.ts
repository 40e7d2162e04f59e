// What of src/browser is needed without the wasm.

declare module "*/src/browser/ahead.js" {
  export function goAhead(session: string): void;
  export function forgetAhead(session: string): void;
}

declare module "*/src/browser/frame.js" {
  export function handOver(): boolean;
}
declare module "*/src/browser/ends.js" {
  export function endsAgain(): boolean;
}
