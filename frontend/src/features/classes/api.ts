import { queryOptions } from "@tanstack/react-query";
import { api, body } from "../../lib/api";

export const classesQuery = queryOptions({
  queryKey: ["classes"],
  queryFn: ({ signal }) => body(api.GET("/v1/cohorts", { signal })),
});

/** `key` makes repeating it safe. */
export function make(name: string, key: string) {
  return body(api.POST("/v1/cohorts", { params: { header: { "Idempotency-Key": key } }, body: { name } }));
}

export function leave(id: string) {
  return body(api.POST("/v1/cohorts/{id}/leave", { params: { path: { id } } }));
}

export function join(code: string) {
  return body(api.POST("/v1/cohorts/join", { body: { code } }));
}
