// expect: compile_error
type Grow<T extends unknown[]> = T['length'] extends 1e9 ? T : Grow<[...T, ...T, 1]>;
const never: Grow<[]>['length'] = 'many';
console.log(never);
