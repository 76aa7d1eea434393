import { queryOptions } from "@tanstack/react-query";
import { api, body } from "../../lib/api";

export const classesQuery = queryOptions({
  queryKey: ["classes"],
  queryFn: ({ signal }) => body(api.GET("/v1/cohorts", { signal })),
});

export function join(code: string) {
  return body(api.POST("/v1/cohorts/join", { body: { code } }));
}
