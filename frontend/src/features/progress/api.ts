import { queryOptions } from "@tanstack/react-query";
import { api, body } from "../../lib/api";

export const profileQuery = (handle: string) =>
  queryOptions({
    queryKey: ["profile", handle],
    queryFn: ({ signal }) => body(api.GET("/v1/learners/{handle}", { params: { path: { handle } }, signal })),
  });

/** Days are those of who looks. */
export function timeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

export const statisticsQuery = (handle: string) =>
  queryOptions({
    queryKey: ["profile", handle, "statistics"],
    queryFn: ({ signal }) => {
      const params = { path: { handle }, query: { tz: timeZone() } };
      return body(api.GET("/v1/learners/{handle}/statistics", { params, signal }));
    },
  });

export const activityQuery = (handle: string) =>
  queryOptions({
    queryKey: ["profile", handle, "activity"],
    queryFn: ({ signal }) => {
      const params = { path: { handle }, query: { tz: timeZone() } };
      return body(api.GET("/v1/learners/{handle}/activity", { params, signal }));
    },
  });

export const achievementsQuery = (handle: string) =>
  queryOptions({
    queryKey: ["profile", handle, "achievements"],
    queryFn: ({ signal }) => body(api.GET("/v1/learners/{handle}/achievements", { params: { path: { handle } }, signal })),
  });
