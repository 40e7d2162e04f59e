// What of src/browser is needed without the wasm.

declare module "*/src/browser/database.js" {
  export function openAhead(): void;
}

declare module "*/src/browser/frame.js" {
  export function handOver(): boolean;
}
declare module "*/src/browser/ends.js" {
  export function endsAgain(): boolean;
}
