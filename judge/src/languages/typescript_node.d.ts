// What a program may use of Node, without its types.
declare module "*";
declare const require: any;
declare const module: any;
declare const process: any;
declare const Buffer: any;
declare const console: any;
declare function setTimeout(action: (...values: any[]) => void, delayMs?: number, ...values: any[]): any;
declare function setInterval(action: (...values: any[]) => void, delayMs?: number, ...values: any[]): any;
declare function setImmediate(action: (...values: any[]) => void, ...values: any[]): any;
declare function clearTimeout(timer: any): void;
declare function clearInterval(timer: any): void;
declare function queueMicrotask(action: () => void): void;
declare function structuredClone<T>(value: T): T;
