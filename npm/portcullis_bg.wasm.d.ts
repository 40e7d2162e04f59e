/** Where the file is, as bundlers tell it that import files by their address. */
declare const url: string;
export default url;
