import { queryOptions } from "@tanstack/react-query";
import { api, body, type Schemas } from "../../lib/api";

export type Projection = Schemas["ProjectionStatus"];
export type Build = Schemas["Build"];

/** There is no stream of these: a page that is looked at asks. */
const EVERY_MS = 2_000;

export const projectionsQuery = queryOptions({
  queryKey: ["operations", "projections"],
  queryFn: ({ signal }) => body(api.GET("/v1/projections", { signal })),
  refetchInterval: EVERY_MS,
});

export const parkedQuery = queryOptions({
  queryKey: ["operations", "parked"],
  queryFn: ({ signal }) => body(api.GET("/v1/parked", { params: { query: { limit: "200" } }, signal })),
  refetchInterval: 2 * EVERY_MS,
});

export const judgesQuery = queryOptions({
  queryKey: ["operations", "judges"],
  queryFn: ({ signal }) => body(api.GET("/v1/languages", { signal })),
  refetchInterval: 2 * EVERY_MS,
});

export type Rejudge = Schemas["Rejudge"];

export const rejudgesQuery = queryOptions({
  queryKey: ["operations", "rejudges"],
  queryFn: ({ signal }) => body(api.GET("/v1/rejudges", { params: { query: { limit: "50" } }, signal })),
  refetchInterval: 2 * EVERY_MS,
});

export const previewQuery = (id: string) =>
  queryOptions({
    queryKey: ["operations", "rejudges", id, "preview"],
    queryFn: ({ signal }) => body(api.GET("/v1/rejudges/{id}/preview", { params: { path: { id } }, signal })),
  });

export const applyRejudge = (id: string) => body(api.POST("/v1/rejudges/{id}/apply", { params: { path: { id } } }));
export const cancelRejudge = (id: string) => body(api.POST("/v1/rejudges/{id}/cancel", { params: { path: { id } } }));

const at = (name: string) => ({ params: { path: { name } }, body: {} });

export const rebuild = (name: string) => body(api.POST("/v1/projections/{name}/rebuild", at(name)));
export const verify = (name: string) => body(api.POST("/v1/projections/{name}/verify", at(name)));
export const abort = (name: string) => body(api.POST("/v1/projections/{name}/abort", { params: { path: { name } } }));
export const redrive = (projection: string, key: string) =>
  body(api.POST("/v1/parked/{projection}/{key}/redrive", { params: { path: { projection, key } } }));

const IN_WORK = ["ordered", "reading", "finishing", "comparing", "swapping"];
const WELL = ["done"];

export function isInWork(build: Build | undefined): boolean {
  return build !== undefined && IN_WORK.includes(build.state);
}

export function endedWell(build: Build): boolean {
  return WELL.includes(build.state);
}
