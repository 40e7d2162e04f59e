// What of src/browser a page needs before the wasm is there.

declare module "*/src/browser/database.js" {
  export function openAhead(): void;
}

declare module "*/src/browser/frame.js" {
  export function handOver(): boolean;
}
