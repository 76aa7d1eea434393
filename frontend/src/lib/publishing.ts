import { api, body } from "./api";

const at = (slug: string) => ({ params: { path: { slug } } });

export const publish = (slug: string) => body(api.POST("/v1/exercises/{slug}/publish", at(slug)));
export const archive = (slug: string) => body(api.POST("/v1/exercises/{slug}/archive", at(slug)));
