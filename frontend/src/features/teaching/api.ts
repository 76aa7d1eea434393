import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, body } from "../../lib/api";

export const classQuery = (id: string) =>
  queryOptions({
    queryKey: ["classes", id],
    queryFn: ({ signal }) => body(api.GET("/v1/cohorts/{id}", { params: { path: { id } }, signal })),
  });

export const membersQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ["classes", id, "members"],
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: "200", ...(pageParam && { cursor: pageParam }) };
      return body(api.GET("/v1/cohorts/{id}/members", { params: { path: { id }, query }, signal }));
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
  });

export const matrixQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ["classes", id, "progress"],
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: "100", ...(pageParam && { cursor: pageParam }) };
      return body(api.GET("/v1/cohorts/{id}/progress", { params: { path: { id }, query }, signal }));
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
  });

const at = (id: string) => ({ params: { path: { id } } });

export const invite = (id: string, renew: boolean) => body(api.POST("/v1/cohorts/{id}/invitation", { ...at(id), body: { renew } }));
export const withdraw = (id: string) => body(api.DELETE("/v1/cohorts/{id}/invitation", at(id)));
export const archive = (id: string) => body(api.POST("/v1/cohorts/{id}/archive", at(id)));
export const remove = (id: string, handle: string) =>
  body(api.DELETE("/v1/cohorts/{id}/members/{handle}", { params: { path: { id, handle } } }));
