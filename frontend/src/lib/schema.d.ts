// Generated from /openapi.json by scripts/types.mjs: not to be edited.
export interface paths {
    "/v1/achievements": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every achievement there is. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AchievementRules"];
                    };
                };
                /** @description `path_invalid`, `query_invalid`, `position_invalid`, `body_not_json`, …: the request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `starting`, `read_model_unavailable`, `log_unavailable`: something it needs is away; try again */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cohorts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The caller's cohorts: those they lead and those they belong to, the latest made first. */
        get: {
            parameters: {
                query?: {
                    /** @description `true`: every cohort there is. Only admins are told more by it. */
                    all?: string;
                    /** @description `next_cursor` of the page before. */
                    cursor?: string;
                    /** @description 1 to 200, 50 if absent. */
                    limit?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["CohortPage"];
                    };
                };
                /** @description `limit_invalid`, `cursor_invalid`, `all_invalid` */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_caught_up`, `parked`, `read_model_unavailable` */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /**
         * Make a class
         * @description The caller leads it. Whoever is told the answer's `code` may join. With an `Idempotency-Key` a repeated request gets
         *     the cohort it made.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    "Idempotency-Key"?: string | null;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["CreateCohort"];
                };
            };
            responses: {
                /** @description The cohort and its invitation's code */
                201: {
                    headers: {
                        /** @description What was written */
                        "Laurel-Position"?: string;
                        Location?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["CohortChanged"];
                    };
                };
                /** @description `idempotency_key_invalid` */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_allowed`: it takes another role */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `content_type_unsupported`: JSON is expected */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `name_invalid`, `idempotency_key_reused` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `starting`, `read_model_unavailable`, `log_unavailable`: something it needs is away; try again */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cohorts/join": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Join a class
         * @description Its instructors and members see the caller's handle and points from then on. Joining again changes nothing. Codes that
         *     nobody is invited by are counted like wrong passwords.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["JoinCohort"];
                };
            };
            responses: {
                /** @description A member, from now on or before */
                200: {
                    headers: {
                        /** @description What was written, or found written */
                        "Laurel-Position"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MembershipChanged"];
                    };
                };
                /** @description `path_invalid`, `query_invalid`, `position_invalid`, `body_not_json`, …: the request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_allowed`: it takes another role */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `invitation_unknown` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `cohort_archived`, `cohort_full`: 10,000 members, `too_many_cohorts`: 50 of this learner */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `invitation_expired`, `account_erased` */
                410: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `content_type_unsupported`: JSON is expected */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `field_missing`, `field_unknown`, `field_invalid`: at `field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `too_many_attempts`: ten unknown codes within a minute */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `starting`, `read_model_unavailable`, `log_unavailable`: something it needs is away; try again */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cohorts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One cohort, for who leads it or belongs to it. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Cohort"];
                    };
                };
                /** @description `path_invalid`, `query_invalid`, `position_invalid`, `body_not_json`, …: the request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `cohort_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_caught_up`, `parked`, `read_model_unavailable` */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        /** Name a cohort */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["RenameCohort"];
                };
            };
            responses: {
                /** @description The cohort as it stands */
                200: {
                    headers: {
                        /** @description What was written, or found written */
                        "Laurel-Position"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["CohortChanged"];
                    };
                };
                /** @description `path_invalid`, `query_invalid`, `position_invalid`, `body_not_json`, …: the request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `cohort_not_yours` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `cohort_unknown` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `cohort_archived` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `content_type_unsupported`: JSON is expected */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `name_invalid` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `starting`, `read_model_unavailable`, `log_unavailable`: something it needs is away; try again */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cohorts/{id}/archive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End a class
         * @description Nobody joins it any more and nothing about it changes; its members stay members until they leave. Archiving again
         *     changes nothing.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The cohort as it stands */
                200: {
                    headers: {
                        /** @description What was written, or found written */
                        "Laurel-Position"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["CohortChanged"];
                    };
                };
                /** @description `path_invalid`, `query_invalid`, `position_invalid`, `body_not_json`, …: the request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `cohort_not_yours` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `cohort_unknown` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `content_type_unsupported`: JSON is expected */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `field_missing`, `field_unknown`, `field_invalid`: at `field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `starting`, `read_model_unavailable`, `log_unavailable`: something it needs is away; try again */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cohorts/{id}/instructors/{handle}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Add an instructor
         * @description They must have the role `instructor`, and see and change what the others see and change.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                    handle: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The cohort as it stands */
                200: {
                    headers: {
                        /** @description What was written, or found written */
                        "Laurel-Position"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["CohortChanged"];
                    };
                };
                /** @description `path_invalid`, `query_invalid`, `position_invalid`, `body_not_json`, …: the request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `cohort_not_yours` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `cohort_unknown`, `learner_unknown` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `cohort_archived`, `not_an_instructor`, `too_many_instructors`: 20 */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `content_type_unsupported`: JSON is expected */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `field_missing`, `field_unknown`, `field_invalid`: at `field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `starting`, `read_model_unavailable`, `log_unavailable`: something it needs is away; try again */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        post?: never;
        /**
         * Remove an instructor
         * @description One always stays.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                    handle: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The cohort as it stands */
                200: {
                    headers: {
                        /** @description What was written, or found written */
                        "Laurel-Position"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["CohortChanged"];
                    };
                };
                /** @description `path_invalid`, `query_invalid`, `position_invalid`, `body_not_json`, …: the request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `cohort_not_yours` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `cohort_unknown`, `learner_unknown` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `cohort_archived`, `last_instructor` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `content_type_unsupported`: JSON is expected */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `field_missing`, `field_unknown`, `field_invalid`: at `field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `starting`, `read_model_unavailable`, `log_unavailable`: something it needs is away; try again */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cohorts/{id}/invitation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Invite to a cohort
         * @description Answers the `code` by which learners join, and the `link` to where they do: tell them either. One code is good at a time;
         *     one that has expired is answered with the time it did, until it is renewed or a later time is asked for: both give another
         *     code. After removing a member, renew it, or they may join again.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Invite"];
                };
            };
            responses: {
                /** @description The cohort and its invitation's code */
                200: {
                    headers: {
                        /** @description What was written, or found written */
                        "Laurel-Position"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["CohortChanged"];
                    };
                };
                /** @description `path_invalid`, `query_invalid`, `position_invalid`, `body_not_json`, …: the request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `cohort_not_yours` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `cohort_unknown` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `cohort_archived` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `content_type_unsupported`: JSON is expected */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `expires_at_invalid` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `starting`, `read_model_unavailable`, `log_unavailable`: something it needs is away; try again */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        /**
         * Withdraw an invitation
         * @description Its code is void, and nobody can join before there is another.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The cohort as it stands */
                200: {
                    headers: {
                        /** @description What was written, or found written */
                        "Laurel-Position"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["CohortChanged"];
                    };
                };
                /** @description `path_invalid`, `query_invalid`, `position_invalid`, `body_not_json`, …: the request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `cohort_not_yours` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `cohort_unknown` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `cohort_archived` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `content_type_unsupported`: JSON is expected */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `field_missing`, `field_unknown`, `field_invalid`: at `field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `starting`, `read_model_unavailable`, `log_unavailable`: something it needs is away; try again */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cohorts/{id}/leave": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Leave a class
         * @description Also one that is archived. Leaving again changes nothing.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description No member, from now on or before */
                200: {
                    headers: {
                        /** @description What was written, or found written */
                        "Laurel-Position"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MembershipChanged"];
                    };
                };
                /** @description `path_invalid`, `query_invalid`, `position_invalid`, `body_not_json`, …: the request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `cohort_unknown` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `content_type_unsupported`: JSON is expected */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `field_missing`, `field_unknown`, `field_invalid`: at `field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `starting`, `read_model_unavailable`, `log_unavailable`: something it needs is away; try again */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cohorts/{id}/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A cohort's members by handle, for who leads it. */
        get: {
            parameters: {
                query?: {
                    /** @description `next_cursor` of the page before. */
                    cursor?: string;
                    /** @description 1 to 200, 100 if absent. */
                    limit?: string;
                    /** @description `json` (the default) or `csv`. */
                    format?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description With `format=csv` the page as a table, its `next_cursor` in `Laurel-Next-Cursor` */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MemberPage"];
                        "text/csv": string;
                    };
                };
                /** @description `limit_invalid`, `cursor_invalid`, `format_invalid` */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_allowed`: it takes another role */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `cohort_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_caught_up`, `parked`, `read_model_unavailable` */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cohorts/{id}/members/{handle}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Remove a member
         * @description Who knows the code may join again: renew the invitation to prevent that. Removing somebody who is no member changes
         *     nothing.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                    handle: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description No member, from now on or before */
                200: {
                    headers: {
                        /** @description What was written, or found written */
                        "Laurel-Position"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MembershipChanged"];
                    };
                };
                /** @description `path_invalid`, `query_invalid`, `position_invalid`, `body_not_json`, …: the request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `cohort_not_yours` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `cohort_unknown`, `learner_unknown` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `content_type_unsupported`: JSON is expected */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `field_missing`, `field_unknown`, `field_invalid`: at `field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `starting`, `read_model_unavailable`, `log_unavailable`: something it needs is away; try again */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cohorts/{id}/progress": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a cohort's members solved: one row for each member, one place for each exercise, for who leads it. */
        get: {
            parameters: {
                query?: {
                    /** @description `next_cursor` of the page before. */
                    cursor?: string;
                    /** @description Members: 1 to 200, 50 if absent; for a table up to 1,000, which is what it is if absent. */
                    limit?: string;
                    /** @description `json` (the default) or `csv`. */
                    format?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description With `format=csv` the page as a table, its `next_cursor` in `Laurel-Next-Cursor` */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Matrix"];
                        "text/csv": string;
                    };
                };
                /** @description `limit_invalid`, `cursor_invalid`, `format_invalid` */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_allowed`: it takes another role */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `cohort_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_caught_up`, `parked`, `read_model_unavailable` */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Every fact in the log's order: as lines of JSON, or (`Accept: text/event-stream`) as server-sent events.
         * @description A reader that was interrupted goes on behind the last sequence it has, with `after` or `Last-Event-ID`, and misses and
         *     repeats nothing. An answer that breaks off before its end is cut off without the end that HTTP has for it (lines), or
         *     says why in its last message, `end` (server-sent events). While it follows, an empty line or message every ten seconds
         *     says that it lives.
         */
        get: {
            parameters: {
                query?: {
                    /**
                     * @description Only what comes behind this: a position (`07.1234`; of several elements the lowest), a sequence (`1234`), or `end`.
                     * @example 0
                     */
                    after?: string;
                    /** @description Only what was stored at this time or later, in RFC 3339. Not together with `after`. */
                    since?: string;
                    /**
                     * @description Only these families, separated by commas.
                     * @example submission,judgement
                     */
                    family?: string;
                    /**
                     * @description Only these types of events, separated by commas, whatever their version.
                     * @example submission_judged
                     */
                    type?: string;
                    /** @description Only what is about this learner: their id. */
                    learner?: string;
                    /** @description Only what is about this exercise: its slug or id. */
                    exercise?: string;
                    /** @description `true`: go on at the log's end and wait for what comes. Otherwise the answer ends with what is there now. */
                    follow?: string;
                    /** @description At most so many events. */
                    limit?: string;
                };
                header?: {
                    /** @description Counts before `after` */
                    "Last-Event-ID"?: string | null;
                };
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The facts behind `Laurel-Feed-After`, up to `Laurel-Feed-Until` when it does not follow */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/x-ndjson": components["schemas"]["FeedEvent"];
                        "text/event-stream": string;
                    };
                };
                /** @description `after_invalid`, `after_ahead`, `since_invalid`, `family_unknown`, `type_unknown`, `learner_invalid`, `exercise_invalid`, `follow_invalid`, `limit_invalid`, `query_invalid` */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_allowed`: it takes the role analyst */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `feed_trimmed`: the log begins later by now */
                410: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `too_many_feeds`, `log_unavailable` */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/exercises": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The catalogue, by slug. */
        get: {
            parameters: {
                query?: {
                    /** @description Only this category. */
                    category?: string;
                    /** @description `easy`, `medium` or `hard`. */
                    difficulty?: string;
                    /** @description `published` (the default), `archived`, or `draft` (your own; all of them for an admin). */
                    status?: string;
                    /** @description Words that must all occur in title, slug or statement, in any case. */
                    q?: string;
                    /** @description `next_cursor` of the page before. */
                    cursor?: string;
                    /** @description 1 to 200, 50 if absent. */
                    limit?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ExercisePage"];
                    };
                };
                /** @description `limit_invalid`, `cursor_invalid`, `status_invalid`, `difficulty_invalid`, … */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_caught_up`, `read_model_unavailable` */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /**
         * Create an exercise
         * @description It begins as a draft of its author's; publish it when it is ready.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Makes repeating the request safe */
                    "Idempotency-Key"?: string | null;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ExerciseBody"];
                };
            };
            responses: {
                /** @description The draft */
                201: {
                    headers: {
                        ETag?: string;
                        /** @description What was written */
                        "Laurel-Position"?: string;
                        Location?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ExerciseChanged"];
                    };
                };
                /** @description `idempotency_key_invalid` */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_allowed`: it takes another role */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `slug_taken` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `package_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `content_type_unsupported`: JSON is expected */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `slug_invalid`, `title_invalid`, `statement_invalid`, `category_invalid`, `points_invalid`, `languages_invalid`, `language_unknown`, `checker_language_unknown`, `solution_language_unknown`, `call_unsupported`, `call_with_interactor`, `scoring_invalid`, `sample_missing`, `hidden_missing`, `tests_too_many`, `samples_too_large`, `text_invalid`, `cpu_limit_invalid`, `memory_limit_invalid`, `output_limit_invalid`, `idempotency_key_reused` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `starting`, `read_model_unavailable`, `log_unavailable`: something it needs is away; try again */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/exercises/{slug}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One exercise. Its ETag is its revision. */
        get: {
            parameters: {
                query?: never;
                header?: {
                    "If-None-Match"?: string | null;
                };
                path: {
                    slug: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ExerciseDetail"];
                    };
                };
                /** @description You have this revision already */
                304: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `path_invalid`, `query_invalid`, `position_invalid`, `body_not_json`, …: the request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `exercise_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_caught_up`, `parked`, `read_model_unavailable` */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        /**
         * Revise an exercise
         * @description Says everything about it anew. A published exercise stays published; submissions from now on are judged by the new
         *     revision. Repeating it is safe: what reads like that already is not revised again.
         */
        put: {
            parameters: {
                query?: never;
                header: {
                    /**
                     * @description The revision that is changed, as the ETag had it
                     * @example "1"
                     */
                    "If-Match": string;
                };
                path: {
                    slug: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ExerciseBody"];
                };
            };
            responses: {
                /** @description The new revision */
                200: {
                    headers: {
                        ETag?: string;
                        /** @description What was written */
                        "Laurel-Position"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ExerciseChanged"];
                    };
                };
                /** @description `if_match_invalid` */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_its_author` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `exercise_unknown` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `exercise_archived` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `revision_mismatch` */
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `package_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `content_type_unsupported`: JSON is expected */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `slug_fixed`, and those of creating */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `if_match_required` */
                428: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `starting`, `read_model_unavailable`, `log_unavailable`: something it needs is away; try again */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/exercises/{slug}/archive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Archive an exercise
         * @description It takes no more submissions; everything earned on it stays. Archiving again changes nothing.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    slug: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The exercise as it stands */
                200: {
                    headers: {
                        ETag?: string;
                        /** @description What was written, or found written */
                        "Laurel-Position"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ExerciseChanged"];
                    };
                };
                /** @description `path_invalid`, `query_invalid`, `position_invalid`, `body_not_json`, …: the request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_its_author` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `exercise_unknown` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `content_type_unsupported`: JSON is expected */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `field_missing`, `field_unknown`, `field_invalid`: at `field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `starting`, `read_model_unavailable`, `log_unavailable`: something it needs is away; try again */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/exercises/{slug}/publish": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Publish an exercise
         * @description From now on everybody sees it and may hand in solutions. Publishing again changes nothing.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    slug: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The exercise as it stands */
                200: {
                    headers: {
                        ETag?: string;
                        /** @description What was written, or found written */
                        "Laurel-Position"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ExerciseChanged"];
                    };
                };
                /** @description `path_invalid`, `query_invalid`, `position_invalid`, `body_not_json`, …: the request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_its_author` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `exercise_unknown` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `exercise_archived` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `content_type_unsupported`: JSON is expected */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `field_missing`, `field_unknown`, `field_invalid`: at `field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `starting`, `read_model_unavailable`, `log_unavailable`: something it needs is away; try again */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/exercises/{slug}/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Try a source out
         * @description It runs like a submission, against the exercise's samples or input of one's own, and the answer is the result. Nothing is
         *     stored, nothing counts, and hidden tests are not run. Submissions go first: when no judge is free for ten seconds, the
         *     answer is 503. One run at a time, and at most 20 a
         *     minute.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /**
                     * @description Decide on nothing older than this
                     * @example 03.17
                     */
                    "Laurel-Position"?: string | null;
                };
                path: {
                    slug: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["RunSolution"];
                };
            };
            responses: {
                /** @description What came of it */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Ran"];
                    };
                };
                /** @description `position_invalid` */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_allowed`: it takes another role */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `exercise_unknown`, `exercise_not_published` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `exercise_archived` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `source_too_large`, `input_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `content_type_unsupported`: JSON is expected */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `language_not_offered`, `source_empty`, `input_impossible` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `too_many_runs`: one is running, or there were 20 within a minute; wait for as long as `Retry-After` says */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `judges_busy`, `judge_missing`, `run_unfinished`, `run_failed` */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/exercises/{slug}/statistics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** An exercise's statistics. Drafts are seen by their author and by admins. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    slug: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ExerciseStatistics"];
                    };
                };
                /** @description `path_invalid`, `query_invalid`, `position_invalid`, `body_not_json`, …: the request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `exercise_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_caught_up`, `parked`, `read_model_unavailable` */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/exercises/{slug}/submissions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Hand in a solution
         * @description It is stored when this answers, and judged soon after: follow `Location` or `/v1/live`. With an `Idempotency-Key`
         *     (1 to 128 visible ASCII characters, remembered for ten minutes) a repeated request gets the first answer.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Makes repeating the request safe */
                    "Idempotency-Key"?: string | null;
                    /**
                     * @description Decide on nothing older than this
                     * @example 03.17
                     */
                    "Laurel-Position"?: string | null;
                };
                path: {
                    slug: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SubmitSolution"];
                };
            };
            responses: {
                /** @description Stored */
                202: {
                    headers: {
                        /** @description Where it stands */
                        "Laurel-Position"?: string;
                        Location?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Submitted"];
                    };
                };
                /** @description `idempotency_key_invalid`, `position_invalid` */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_allowed`: it takes another role */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `exercise_unknown`, `exercise_not_published` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `exercise_archived` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `account_erased` */
                410: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `source_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `content_type_unsupported`: JSON is expected */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `language_not_offered`, `source_empty`, `idempotency_key_reused` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `too_many_pending`: three of this learner's are not judged yet */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `starting`, `read_model_unavailable`, `log_unavailable`: something it needs is away; try again */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/imports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Import an exercise
         * @description The body is a problem package: an ICPC/Kattis one (`legacy`, `2023-07`) as .zip or .tar.gz, or a JSON document of the older
         *     platforms; at most 16 MiB. Its example submissions are judged first: if one does not come to what the package
         *     says, nothing is changed, unless `force=true`. A new slug becomes a draft; one that is there is revised, and then `If-Match` is
         *     required. Answered within two and a half minutes.
         */
        post: {
            parameters: {
                query?: {
                    /** @description Import although the self-check disagrees or cannot be made */
                    force?: boolean;
                    /** @description Instead of the package's name */
                    slug?: string;
                    /** @description Instead of its first keyword, or `imported` */
                    category?: string;
                    /** @description `easy`, `medium` or `hard`; packages of Kattis say none */
                    difficulty?: string;
                    /** @description Instead of what its groups are worth, or what goes with the difficulty */
                    points?: number;
                    /** @description Learners see the first hidden test if there is no sample */
                    show_first?: boolean;
                };
                header?: {
                    /**
                     * @description The revision that is changed, when there is one
                     * @example "1"
                     */
                    "If-Match"?: string | null;
                };
                path?: never;
                cookie?: never;
            };
            /** @description The package */
            requestBody: {
                content: {
                    "application/octet-stream": number[];
                };
            };
            responses: {
                /** @description The new revision, or the one that reads like it already */
                200: {
                    headers: {
                        ETag?: string;
                        /** @description What was written */
                        "Laurel-Position"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ExerciseImported"];
                    };
                };
                /** @description The draft */
                201: {
                    headers: {
                        ETag?: string;
                        /** @description What was written */
                        "Laurel-Position"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ExerciseImported"];
                    };
                };
                /** @description `if_match_invalid` */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_its_author` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `exercise_unknown` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `slug_taken`, `exercise_archived` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `revision_mismatch` */
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `package_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `content_type_unsupported`: JSON is expected */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `package_unreadable`; `self_check_failed`, with the members `submissions` and `warnings` as in success; and those of creating */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `if_match_required`: there is an exercise with this slug */
                428: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `too_many_imports`: ten of this author within a minute */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `imports_busy`; `self_check_unfinished`, with the members `submissions` and `warnings` */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/languages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The languages, and whether a judge has them at this moment.
         * @description Judges say so every five seconds; one that was not heard for fifteen counts no more. For its first five seconds this
         *     service may not have heard them yet.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Languages"];
                    };
                };
                /** @description `path_invalid`, `query_invalid`, `position_invalid`, `body_not_json`, …: the request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `starting`, `read_model_unavailable`, `log_unavailable`: something it needs is away; try again */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/leaderboards/{scope}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A page of a board. */
        get: {
            parameters: {
                query?: {
                    /** @description `all` (the default), `day`, `week` (Monday to Sunday) or `month`, in UTC. An exercise's board has `all` only. */
                    window?: string;
                    /**
                     * @description Which day, week or month: the one that holds this date or time. If absent, the one that holds the moment
                     *     the board is of: `as_of`, the last change of any board up to `as_of_seq`, the freeze; else the current one.
                     */
                    at?: string;
                    /** @description The board as it stood at this time (RFC 3339): what was recorded at or before it counts, by the facts' own times. */
                    as_of?: string;
                    /** @description The board as it stood at this sequence of the log. */
                    as_of_seq?: string;
                    /** @description `next_cursor` of the page before. */
                    cursor?: string;
                    /** @description 1 to 200, 50 if absent. */
                    limit?: string;
                    /** @description `json` (the default) or `csv`. */
                    format?: string;
                };
                header?: never;
                path: {
                    /** @description `global`, `exercise:<slug>`, `category:<name>`, `language:<name>`, or `cohort:<id>` for its members and instructors. Boards order by points, then by who reached them earlier; an exercise's board by points, then by who needed less CPU time for them. A cohort's boards are the global ones of its members. */
                    scope: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description With `format=csv` the page as a table, its `next_cursor` in `Laurel-Next-Cursor` */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BoardPage"];
                        "text/csv": string;
                    };
                };
                /** @description `limit_invalid`, `cursor_invalid`, `window_invalid`, `at_invalid`, `as_of_invalid`, `format_invalid`, `query_invalid`, `position_invalid` */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `board_unknown` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_caught_up`, `boards_busy`, `read_model_unavailable` */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/leaderboards/{scope}/around/{handle}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The entries around a learner. */
        get: {
            parameters: {
                query?: {
                    /** @description `all` (the default), `day`, `week` (Monday to Sunday) or `month`, in UTC. An exercise's board has `all` only. */
                    window?: string;
                    /**
                     * @description Which day, week or month: the one that holds this date or time. If absent, the one that holds the moment
                     *     the board is of: `as_of`, the last change of any board up to `as_of_seq`, the freeze; else the current one.
                     */
                    at?: string;
                    /** @description The board as it stood at this time (RFC 3339): what was recorded at or before it counts, by the facts' own times. */
                    as_of?: string;
                    /** @description The board as it stood at this sequence of the log. */
                    as_of_seq?: string;
                    /** @description How many entries on either side: 0 to 50, 5 if absent. */
                    radius?: string;
                };
                header?: never;
                path: {
                    /** @description `global`, `exercise:<slug>`, `category:<name>`, `language:<name>`, or `cohort:<id>` for its members and instructors. Boards order by points, then by who reached them earlier; an exercise's board by points, then by who needed less CPU time for them. A cohort's boards are the global ones of its members. */
                    scope: string;
                    handle: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BoardPage"];
                    };
                };
                /** @description `radius_invalid`, `window_invalid`, `at_invalid`, `as_of_invalid`, `query_invalid`, `position_invalid` */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `board_unknown`, `learner_not_found`, `learner_not_ranked` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_caught_up`, `parked`, `boards_busy`, `read_model_unavailable` */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/leaderboards/{scope}/freeze": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Freeze the boards of a scope
         * @description From here on others see them, in every window, as they stand now; the scope's instructors go on seeing them move, and
         *     everybody where they stand themselves. A cohort's boards are frozen by its instructors, all others by operators. Freezing
         *     again changes nothing.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description `global`, `exercise:<slug>`, `category:<name>`, `language:<name>` or `cohort:<id>` */
                    scope: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The boards stand still */
                200: {
                    headers: {
                        /** @description What was written, or found written */
                        "Laurel-Position"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BoardFrozen"];
                    };
                };
                /** @description `path_invalid` */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `board_not_yours` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `board_unknown` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `content_type_unsupported`: JSON is expected */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `field_missing`, `field_unknown`, `field_invalid`: at `field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `starting`, `read_model_unavailable`, `log_unavailable`: something it needs is away; try again */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/leaderboards/{scope}/learners": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where several learners stand. */
        get: {
            parameters: {
                query?: {
                    /** @description `all` (the default), `day`, `week` (Monday to Sunday) or `month`, in UTC. An exercise's board has `all` only. */
                    window?: string;
                    /**
                     * @description Which day, week or month: the one that holds this date or time. If absent, the one that holds the moment
                     *     the board is of: `as_of`, the last change of any board up to `as_of_seq`, the freeze; else the current one.
                     */
                    at?: string;
                    /** @description The board as it stood at this time (RFC 3339): what was recorded at or before it counts, by the facts' own times. */
                    as_of?: string;
                    /** @description The board as it stood at this sequence of the log. */
                    as_of_seq?: string;
                    /** @description Whose standings: 1 to 100 handles, with commas between them. */
                    handles?: string;
                };
                header?: never;
                path: {
                    /** @description `global`, `exercise:<slug>`, `category:<name>`, `language:<name>`, or `cohort:<id>` for its members and instructors. Boards order by points, then by who reached them earlier; an exercise's board by points, then by who needed less CPU time for them. A cohort's boards are the global ones of its members. */
                    scope: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BoardStandings"];
                    };
                };
                /** @description `handles_invalid`, `window_invalid`, `at_invalid`, `as_of_invalid`, `query_invalid`, `position_invalid` */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `board_unknown`, `learner_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_caught_up`, `parked`, `boards_busy`, `read_model_unavailable` */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/leaderboards/{scope}/unfreeze": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Let the boards of a scope move again
         * @description Everybody sees them as they are. Unfreezing again changes nothing.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description As for freezing */
                    scope: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The boards move */
                200: {
                    headers: {
                        /** @description What was written, or found written */
                        "Laurel-Position"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BoardFrozen"];
                    };
                };
                /** @description `path_invalid` */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `board_not_yours` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `board_unknown` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `content_type_unsupported`: JSON is expected */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `field_missing`, `field_unknown`, `field_invalid`: at `field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `starting`, `read_model_unavailable`, `log_unavailable`: something it needs is away; try again */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/learners/{handle}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One learner. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    handle: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Profile"];
                    };
                };
                /** @description `path_invalid`, `query_invalid`, `position_invalid`, `body_not_json`, …: the request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `learner_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_caught_up`, `parked`, `read_model_unavailable` */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/learners/{handle}/achievements": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a learner has unlocked, and how far they are with the rest. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    handle: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["LearnerAchievements"];
                    };
                };
                /** @description `path_invalid`, `query_invalid`, `position_invalid`, `body_not_json`, …: the request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `learner_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_caught_up`, `parked`, `read_model_unavailable` */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/learners/{handle}/activity": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A learner's days: submissions, exercises solved and points, in the time zone asked for. */
        get: {
            parameters: {
                query?: {
                    /**
                     * @description The time zone whose days are meant, by its name in the IANA database; UTC if absent.
                     * @example Europe/Berlin
                     */
                    tz?: string;
                    /**
                     * @description The first day; 365 days before the last one if absent.
                     * @example 2026-01-01
                     */
                    from?: string;
                    /**
                     * @description The last day; today if absent.
                     * @example 2026-12-31
                     */
                    until?: string;
                    /** @description `json` (the default) or `csv`. */
                    format?: string;
                };
                header?: never;
                path: {
                    handle: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description With `format=csv` the days as a table */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Activity"];
                        "text/csv": string;
                    };
                };
                /** @description `tz_invalid`, `day_invalid`, `format_invalid` */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `learner_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_caught_up`, `parked`, `read_model_unavailable` */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/learners/{handle}/progress": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A learner's progress, by exercise. */
        get: {
            parameters: {
                query?: {
                    /** @description `next_cursor` of the page before. */
                    cursor?: string;
                    /** @description 1 to 200, 100 if absent. */
                    limit?: string;
                    /** @description `json` (the default) or `csv`. */
                    format?: string;
                };
                header?: never;
                path: {
                    handle: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description With `format=csv` the page as a table, its `next_cursor` in `Laurel-Next-Cursor` */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ProgressPage"];
                        "text/csv": string;
                    };
                };
                /** @description `limit_invalid`, `cursor_invalid`, `format_invalid` */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `learner_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_caught_up`, `parked`, `read_model_unavailable` */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/learners/{handle}/roles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Give and take roles
         * @description They count from the learner's next token on, so within ten minutes.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    handle: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ChangeRoles"];
                };
            };
            responses: {
                /** @description The roles from now on */
                200: {
                    headers: {
                        /** @description What was written */
                        "Laurel-Position"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["LearnerRoles"];
                    };
                };
                /** @description `path_invalid`, `query_invalid`, `position_invalid`, `body_not_json`, …: the request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_allowed`: it takes another role */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `learner_unknown` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `own_admin_role` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `content_type_unsupported`: JSON is expected */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `roles_empty` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `starting`, `read_model_unavailable`, `log_unavailable`: something it needs is away; try again */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/learners/{handle}/statistics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A learner's figures: accuracy, attempts and time to solve, streaks, and by category, difficulty and language. */
        get: {
            parameters: {
                query?: {
                    /**
                     * @description The time zone whose days make streaks, by its name in the IANA database; UTC if absent.
                     * @example Europe/Berlin
                     */
                    tz?: string;
                };
                header?: never;
                path: {
                    handle: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["LearnerStatistics"];
                    };
                };
                /** @description `tz_invalid` */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `learner_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_caught_up`, `parked`, `read_model_unavailable` */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Live updates. */
        get: {
            parameters: {
                query?: {
                    /** @description `mine`: your submissions. */
                    submissions?: string;
                    /** @description A board's scope, as in `/v1/leaderboards/{scope}`. */
                    board?: string;
                    /** @description The board's window: `all` (the default), `day`, `week` or `month`; of an exercise's board `all` only. */
                    window?: string;
                    /** @description How many places of the board: 1 to 100, 10 if absent. */
                    limit?: string;
                    /** @description `true`: where you stand on the board yourself. */
                    me?: string;
                    /** @description Like the header `Last-Event-ID`, for clients that cannot set it. */
                    last_event_id?: string;
                    /** @description Like the header `Authorization`, for clients that cannot set it. */
                    access_token?: string;
                };
                header?: {
                    /** @description The position to go on from */
                    "Last-Event-ID"?: string | null;
                };
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Events `ready`, `received`, `queue`, `progress`, `judged`, `board`, `board_changes`, `you`, `end` */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": string;
                    };
                };
                /** @description `subscription_missing`, `submissions_invalid`, `me_invalid`, `position_invalid`, … */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`: `submissions=mine` and `me=true` need a token */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `board_unknown` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_caught_up`, `too_many_streams`, `boards_busy`, `read_model_unavailable` */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/live/ws": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Live updates over a WebSocket.
         * @description Each message is one text: `{"event": …, "id": …, "data": …}`, as `/v1/live` has them. What a client says is not looked at.
         *     The last message is `end`; the close frame says the same reason.
         */
        get: {
            parameters: {
                query?: {
                    /** @description `mine`: your submissions. */
                    submissions?: string;
                    /** @description A board's scope, as in `/v1/leaderboards/{scope}`. */
                    board?: string;
                    /** @description The board's window: `all` (the default), `day`, `week` or `month`; of an exercise's board `all` only. */
                    window?: string;
                    /** @description How many places of the board: 1 to 100, 10 if absent. */
                    limit?: string;
                    /** @description `true`: where you stand on the board yourself. */
                    me?: string;
                    /** @description Like the header `Last-Event-ID`, for clients that cannot set it. */
                    last_event_id?: string;
                    /** @description Like the header `Authorization`, for clients that cannot set it. */
                    access_token?: string;
                };
                header?: {
                    /** @description The position to go on from */
                    "Last-Event-ID"?: string | null;
                };
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Messages `ready`, `received`, `queue`, `progress`, `judged`, `board`, `board_changes`, `you`, `end` */
                101: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `subscription_missing`, `submissions_invalid`, `me_invalid`, `position_invalid`, … */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`: `submissions=mine` and `me=true` need a token */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `board_unknown` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `websocket_expected` */
                426: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_caught_up`, `too_many_streams`, `boards_busy`, `read_model_unavailable` */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Log in */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["LogIn"];
                };
            };
            responses: {
                /** @description Signed in */
                200: {
                    headers: {
                        /** @description Where the account stands */
                        "Laurel-Position"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Tokens"];
                    };
                };
                /** @description `path_invalid`, `query_invalid`, `position_invalid`, `body_not_json`, …: the request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `credentials_wrong` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `content_type_unsupported`: JSON is expected */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `field_missing`, `field_unknown`, `field_invalid`: at `field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `too_many_attempts` */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `busy` */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End a session
         * @description Its refresh token is refused from now on; its access token stays good for at most ten minutes.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Refresh"];
                };
            };
            responses: {
                /** @description The session has ended (or had before) */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `path_invalid`, `query_invalid`, `position_invalid`, `body_not_json`, …: the request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `refresh_token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `content_type_unsupported`: JSON is expected */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `field_missing`, `field_unknown`, `field_invalid`: at `field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `starting`, `read_model_unavailable`, `log_unavailable`: something it needs is away; try again */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** You. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Me"];
                    };
                };
                /** @description `path_invalid`, `query_invalid`, `position_invalid`, `body_not_json`, …: the request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `learner_not_found`: erased, or registered a moment ago (name the position) */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_caught_up`, `parked`, `read_model_unavailable` */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /**
         * Erase myself
         * @description Handle, e-mail address and password are forgotten, and nothing this learner wrote can be read again. Points stay,
         *     under an id that says nothing.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["EraseAccount"];
                };
            };
            responses: {
                /** @description Erased (or had been before) */
                204: {
                    headers: {
                        /** @description What was written */
                        "Laurel-Position"?: string;
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `path_invalid`, `query_invalid`, `position_invalid`, `body_not_json`, …: the request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `password_wrong` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `content_type_unsupported`: JSON is expected */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `field_missing`, `field_unknown`, `field_invalid`: at `field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `too_many_attempts` */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `starting`, `read_model_unavailable`, `log_unavailable`: something it needs is away; try again */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/submissions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Your submissions, the latest first. */
        get: {
            parameters: {
                query?: {
                    /** @description Only submissions to the exercise of this slug. */
                    exercise?: string;
                    /** @description `next_cursor` of the page before. */
                    cursor?: string;
                    /** @description 1 to 200, 50 if absent. */
                    limit?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SubmissionPage"];
                    };
                };
                /** @description `limit_invalid`, `cursor_invalid` */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `exercise_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_caught_up`, `parked`, `read_model_unavailable` */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/parked": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Everything that is parked, key by key: projection by projection, and in each the one first that was first in the log. */
        get: {
            parameters: {
                query?: {
                    /** @description Only of this projection. */
                    projection?: string;
                    /** @description `next_cursor` of the page before. */
                    cursor?: string;
                    /** @description 1 to 200, 50 if absent. */
                    limit?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ParkedPage"];
                    };
                };
                /** @description `limit_invalid`, `cursor_invalid`, `projection_invalid` */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_allowed`: it takes another role */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_caught_up`, `read_model_unavailable` */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/parked/{projection}/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The parked events of one key of a live projection. */
        get: {
            parameters: {
                query?: {
                    /** @description `next_cursor` of the page before. */
                    cursor?: string;
                    /** @description 1 to 200, 20 if absent. */
                    limit?: string;
                };
                header?: never;
                path: {
                    projection: string;
                    key: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ParkedEvents"];
                    };
                };
                /** @description `limit_invalid`, `cursor_invalid` */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_allowed`: it takes another role */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `parked_key_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_caught_up`, `read_model_unavailable` */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/parked/{projection}/{key}/discard": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Go on without a parked event
         * @description The projection leaves this event out, now and in every rebuild: there is no way back but a new version of the projection.
         *     Then it tries the key again. Discard what keeps a key parked, and only that.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    projection: string;
                    key: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["DiscardParked"];
                };
            };
            responses: {
                /** @description Ordered */
                202: {
                    headers: {
                        /** @description What was written */
                        "Laurel-Position"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ParkedKeyOrdered"];
                    };
                };
                /** @description `path_invalid`, `query_invalid`, `position_invalid`, `body_not_json`, …: the request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_allowed`: it takes another role */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `event_unknown` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `content_type_unsupported`: JSON is expected */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `projection_invalid`, `key_invalid`, `reason_invalid` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `starting`, `read_model_unavailable`, `log_unavailable`: something it needs is away; try again */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/parked/{projection}/{key}/redrive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Try a parked key again
         * @description After its cause was mended: the projection applies the key's waiting events in order, up to the first that still cannot
         *     be applied. A key that is not parked stays as it is.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    projection: string;
                    key: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Ordered */
                202: {
                    headers: {
                        /** @description What was written */
                        "Laurel-Position"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ParkedKeyOrdered"];
                    };
                };
                /** @description `path_invalid`, `query_invalid`, `position_invalid`, `body_not_json`, …: the request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_allowed`: it takes another role */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `content_type_unsupported`: JSON is expected */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `projection_invalid`, `key_invalid` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `starting`, `read_model_unavailable`, `log_unavailable`: something it needs is away; try again */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projections": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * All projections.
         * @description How far each read model is behind the log, and its last build.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ProjectionList"];
                    };
                };
                /** @description `position_invalid` */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_allowed`: it takes another role */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_caught_up`, `read_model_unavailable` */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projections/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One projection.
         * @description With its last 20 builds.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ProjectionStatus"];
                    };
                };
                /** @description `position_invalid` */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_allowed`: it takes another role */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `projection_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_caught_up`, `read_model_unavailable` */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projections/{name}/abort": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Abort a projection's builds
         * @description Whatever is ordered or being built of it is given up; the live tables stay. A swap that has begun is not stopped.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Ordered */
                202: {
                    headers: {
                        /** @description What was written */
                        "Laurel-Position"?: string;
                        Location?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Ordered"];
                    };
                };
                /** @description `path_invalid`, `query_invalid`, `position_invalid`, `body_not_json`, …: the request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_allowed`: it takes another role */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `projection_unknown` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `content_type_unsupported`: JSON is expected */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `field_missing`, `field_unknown`, `field_invalid`: at `field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `starting`, `read_model_unavailable`, `log_unavailable`: something it needs is away; try again */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projections/{name}/rebuild": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Rebuild a projection
         * @description New tables are folded from the first event on beside the live ones, compared with them at one position, and put in their
         *     place. If they differ, nothing is replaced, unless the order accepts that.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["OrderRebuild"];
                };
            };
            responses: {
                /** @description Ordered */
                202: {
                    headers: {
                        /** @description What was written */
                        "Laurel-Position"?: string;
                        Location?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Ordered"];
                    };
                };
                /** @description `path_invalid`, `query_invalid`, `position_invalid`, `body_not_json`, …: the request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_allowed`: it takes another role */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `projection_unknown` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `content_type_unsupported`: JSON is expected */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `reason_invalid` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `starting`, `read_model_unavailable`, `log_unavailable`: something it needs is away; try again */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projections/{name}/rollback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Roll a projection back
         * @description The tables that were live before the last swap are caught up and put in the live ones' place, which are kept in turn.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["OrderBuild"];
                };
            };
            responses: {
                /** @description Ordered */
                202: {
                    headers: {
                        /** @description What was written */
                        "Laurel-Position"?: string;
                        Location?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Ordered"];
                    };
                };
                /** @description `path_invalid`, `query_invalid`, `position_invalid`, `body_not_json`, …: the request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_allowed`: it takes another role */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `projection_unknown` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `content_type_unsupported`: JSON is expected */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `reason_invalid` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `starting`, `read_model_unavailable`, `log_unavailable`: something it needs is away; try again */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projections/{name}/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Verify a projection
         * @description Folded again beside the live tables, compared with them table by table at one position (and board by board), and thrown
         *     away. What was found stands in the build.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["OrderBuild"];
                };
            };
            responses: {
                /** @description Ordered */
                202: {
                    headers: {
                        /** @description What was written */
                        "Laurel-Position"?: string;
                        Location?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Ordered"];
                    };
                };
                /** @description `path_invalid`, `query_invalid`, `position_invalid`, `body_not_json`, …: the request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_allowed`: it takes another role */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `projection_unknown` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `content_type_unsupported`: JSON is expected */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `reason_invalid` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `starting`, `read_model_unavailable`, `log_unavailable`: something it needs is away; try again */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/register": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make an account
         * @description With an `Idempotency-Key` (1 to 128 visible ASCII characters, remembered for ten minutes) a repeated request gets the
         *     first answer. A key is one handle's: others may use the same.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Makes repeating the request safe */
                    "Idempotency-Key"?: string | null;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Register"];
                };
            };
            responses: {
                /** @description The account, its learner's address in `Location` */
                201: {
                    headers: {
                        /** @description What was written */
                        "Laurel-Position"?: string;
                        Location?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Registered"];
                    };
                };
                /** @description `idempotency_key_invalid` */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `handle_taken`, `email_taken` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `account_erased`: the account this request made was erased since */
                410: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `content_type_unsupported`: JSON is expected */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `handle_invalid`, `handle_reserved`, `email_invalid`, `password_too_short`, `password_too_long`, `idempotency_key_reused` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `busy` */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rejudges": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Rejudge sets, the latest first. */
        get: {
            parameters: {
                query?: {
                    /** @description `next_cursor` of the page before. */
                    cursor?: string;
                    /** @description 1 to 200, 50 if absent. */
                    limit?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RejudgePage"];
                    };
                };
                /** @description `limit_invalid`, `cursor_invalid` */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_allowed`: it takes another role */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_caught_up`, `read_model_unavailable` */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /**
         * Judge again
         * @description Starts a rejudge set. Its submissions are looked up and judged after all others; nothing it finds has effect before it
         *     is applied. Follow `Location`. With an `Idempotency-Key` a repeated request gets the set it started.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    "Idempotency-Key"?: string | null;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["RequestRejudge"];
                };
            };
            responses: {
                /** @description The set */
                202: {
                    headers: {
                        /** @description What was written */
                        "Laurel-Position"?: string;
                        Location?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RejudgeChanged"];
                    };
                };
                /** @description `idempotency_key_invalid` */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `rejudge_not_yours` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `exercise_unknown` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `content_type_unsupported`: JSON is expected */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `reason_invalid`, `selection_empty`, `revision_without_exercise`, `range_invalid`, `submissions_too_many`, `idempotency_key_reused` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `too_many_rejudges`: four sets of this caller are in work, or 64 altogether */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `starting`, `read_model_unavailable`, `log_unavailable`: something it needs is away; try again */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rejudges/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One rejudge set. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Rejudge"];
                    };
                };
                /** @description `path_invalid`, `query_invalid`, `position_invalid`, `body_not_json`, …: the request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_allowed`: it takes another role */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `rejudge_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_caught_up`, `read_model_unavailable` */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rejudges/{id}/apply": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give a set's results effect
         * @description Learner by learner, soon after this answers. Results that ended in `judge_error` change nothing. Applying again changes
         *     nothing; an applied set cannot be taken back, only followed by another one.
         */
        post: {
            parameters: {
                query?: {
                    /** @description Do not wait for the results that are missing; they will have no effect */
                    partial?: boolean;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The set as it stands */
                202: {
                    headers: {
                        /** @description What was written, or found written */
                        "Laurel-Position"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RejudgeChanged"];
                    };
                };
                /** @description `path_invalid`, `query_invalid`, `position_invalid`, `body_not_json`, …: the request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `rejudge_not_yours` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `rejudge_unknown` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `rejudge_cancelled`, `rejudge_incomplete` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `content_type_unsupported`: JSON is expected */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `field_missing`, `field_unknown`, `field_invalid`: at `field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `starting`, `read_model_unavailable`, `log_unavailable`: something it needs is away; try again */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rejudges/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a set
         * @description None of its results will ever have effect, and what is not judged yet is not judged. The results stay in the history.
         *     Cancelling again changes nothing.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The set as it stands */
                202: {
                    headers: {
                        /** @description What was written, or found written */
                        "Laurel-Position"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RejudgeChanged"];
                    };
                };
                /** @description `path_invalid`, `query_invalid`, `position_invalid`, `body_not_json`, …: the request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `rejudge_not_yours` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `rejudge_unknown` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `rejudge_applied` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `content_type_unsupported`: JSON is expected */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `field_missing`, `field_unknown`, `field_invalid`: at `field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `starting`, `read_model_unavailable`, `log_unavailable`: something it needs is away; try again */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rejudges/{id}/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What applying a set would change. */
        get: {
            parameters: {
                query?: {
                    /** @description `next_cursor` of the page before. */
                    cursor?: string;
                    /** @description 1 to 200, 50 if absent. */
                    limit?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RejudgePreview"];
                    };
                };
                /** @description `limit_invalid`, `cursor_invalid` */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_allowed`: it takes another role */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `rejudge_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_caught_up`, `read_model_unavailable` */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/submissions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One submission: your own, or anybody's for instructors and admins. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SubmissionDetail"];
                    };
                };
                /** @description `path_invalid`, `query_invalid`, `position_invalid`, `body_not_json`, …: the request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `token_missing`, `token_expired`, `token_invalid` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `submission_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `erased` */
                410: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `not_caught_up`, `parked`, `keys_unavailable`, `read_model_unavailable` */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/token/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Get a new access token
         * @description The refresh token is used up: the answer brings the next. Using one again (ten seconds later or more) ends its
         *     session.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Refresh"];
                };
            };
            responses: {
                /** @description New tokens, with the roles of this moment */
                200: {
                    headers: {
                        /** @description Where the account stands */
                        "Laurel-Position"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Tokens"];
                    };
                };
                /** @description `path_invalid`, `query_invalid`, `position_invalid`, `body_not_json`, …: the request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `refresh_token_invalid`, `refresh_token_reused` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `content_type_unsupported`: JSON is expected */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `field_missing`, `field_unknown`, `field_invalid`: at `field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description `starting`, `read_model_unavailable`, `log_unavailable`: something it needs is away; try again */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description What has to be reached for an achievement. */
        AchievementRule: {
            /** @example Solve 10 exercises */
            description: string;
            /** @example solved-10 */
            id: string;
            /**
             * @description The figure that counts.
             * @example solved
             */
            metric: string;
            /**
             * Format: int64
             * @description Where it has to come to.
             * @example 10
             */
            threshold: number;
            /** @example Warmed up */
            title: string;
        };
        AchievementRules: {
            achievements: components["schemas"]["AchievementRule"][];
        };
        Activity: {
            /** @description The days on which anything was submitted, the oldest first. */
            days: components["schemas"]["DayFigures"][];
            /** Format: date */
            from: string;
            /** Format: uuid */
            learner_id: string;
            /** @description Of all time, not only between these days. */
            streaks: components["schemas"]["Streaks"];
            /**
             * @description The time zone's name.
             * @example Europe/Berlin
             */
            tz: string;
            /** Format: date */
            until: string;
        };
        /** @description One learner on a board. */
        BoardEntry: {
            /**
             * Format: int64
             * @description On an exercise's board: of the best submission, milliseconds.
             */
            cpu_ms?: number | null;
            /** @description Null when the learner was erased; the points stay. */
            handle?: string | null;
            /** Format: uuid */
            learner_id: string;
            /**
             * Format: double
             * @description How many percent of the others on the board are not before this learner: 100 × (size − rank) / (size − 1), rounded down
             *     to two decimals; 100 for who is alone. Told where the board's size is.
             */
            percentile?: number | null;
            /** Format: int64 */
            points: number;
            /**
             * Format: int64
             * @description 1 + how many have a greater score; equal points in the same second share a rank.
             */
            rank: number;
            /**
             * Format: date-time
             * @description When the last of the submissions was accepted that these points are of, to the second. Not on an exercise's board.
             */
            reached_at?: string | null;
        };
        /** @description What freezing and unfreezing answer. */
        BoardFrozen: {
            frozen: boolean;
            /**
             * @description Where that stands; also in the header `Laurel-Position`.
             * @example 07.1234
             */
            position: string;
            /** @example global */
            scope: string;
        };
        /** @description Part of a board. */
        BoardPage: {
            /**
             * Format: int64
             * @description The board is one of the past: what facts up to this sequence of the log recorded counts.
             */
            as_of_seq?: number | null;
            entries: components["schemas"]["BoardEntry"][];
            /**
             * Format: date-time
             * @description The board stands still since then. Its instructors see it move on.
             */
            frozen_at?: string | null;
            /** Format: int64 */
            frozen_seq?: number | null;
            /** @description Absent on the last page. */
            next_cursor?: string | null;
            /**
             * Format: int64
             * @description How many learners' points are not up to date because an event of theirs could not be applied.
             */
            parked_keys: number;
            scope: string;
            /**
             * Format: int64
             * @description How many learners are on the whole board; told around a learner.
             */
            size?: number | null;
            /** @description With its date: `all`, `day-2026-11-21`, `week-2026-47`, `month-2026-11`. */
            window: string;
            you?: components["schemas"]["BoardEntry"] | null;
        };
        /** @description The first ten places of a board. */
        BoardPreview: {
            entering: components["schemas"]["PlacePreview"][];
            leaving: components["schemas"]["PlacePreview"][];
            /** @description `global` or `exercise:<slug>`. */
            scope: string;
            /** @description As they would stand. */
            top: components["schemas"]["PlacePreview"][];
        };
        /** @description Where several learners stand on a board. */
        BoardStandings: {
            /**
             * Format: int64
             * @description As for a page.
             */
            as_of_seq?: number | null;
            /** @description In the board's order. */
            entries: components["schemas"]["BoardEntry"][];
            /** Format: date-time */
            frozen_at?: string | null;
            /** Format: int64 */
            frozen_seq?: number | null;
            /** Format: int64 */
            parked_keys: number;
            scope: string;
            /**
             * Format: int64
             * @description How many learners are on the whole board.
             */
            size: number;
            /** @description The handles of those who have no points on this board. */
            unranked: string[];
            /** @description With its date. */
            window: string;
        };
        /** @description Something that was, is or will be built beside the live tables. */
        Build: {
            accept_difference: boolean;
            /** Format: date-time */
            began_at?: string | null;
            /** Format: uuid */
            build_id: string;
            /** @description Per table and board: how many rows both sides have, and whether they are the same. */
            compared?: unknown;
            /** @description The first row that differs: `place`, `key`, and what each side has. */
            difference?: unknown;
            /** Format: date-time */
            ended_at?: string | null;
            error?: string | null;
            /** Format: double */
            events_per_second: number;
            /** @description `rebuild`, `verify` or `rollback`. */
            kind: string;
            /** Format: date-time */
            ordered_at: string;
            /**
             * Format: uuid
             * @description Absent for what the projectors do by themselves: a new version.
             */
            ordered_by?: string | null;
            /**
             * Format: double
             * @description The share of the time it takes for itself; below 1 it makes way for live events.
             */
            pace: number;
            /**
             * Format: double
             * @description Of the log's reading; what follows (indexes, comparing) is not in it.
             */
            percent: number;
            reason: string;
            /**
             * Format: double
             * @description Absent when nothing can be said.
             */
            remaining_seconds?: number | null;
            /**
             * @description `ordered`, `reading`, `finishing`, `comparing`, `swapping`; in the end `done`, `different` (verified, and something
             *     differs), `refused` (rebuilt, differs, and therefore not live), `aborted`, `failed` or `lapsed`.
             */
            state: string;
            /** Format: int32 */
            version?: number | null;
        };
        ChangeRoles: {
            /**
             * @description All roles from now on: `learner`, `author`, `instructor`, `analyst`, `operator`, `admin`.
             * @example [
             *       "learner",
             *       "author"
             *     ]
             */
            roles: string[];
        };
        /** @description One example submission: what must come of it, and what came. */
        CheckedSubmission: {
            /** @description Whether that is what is expected; none when it could not be judged. */
            agrees?: boolean | null;
            /** @description The first test that failed and the limit it went over, or why it could not be judged. */
            detail?: string | null;
            /**
             * @description As the package says it.
             * @example wrong_answer
             */
            expected: string;
            /** @example submissions/wrong_answer/off_by_one.py */
            file: string;
            /**
             * @description The verdict; none when it could not be judged.
             * @example accepted
             */
            got?: string | null;
            /** @example python */
            language: string;
        };
        /** @description A cohort as who belongs to it or leads it sees it. */
        Cohort: {
            /** Format: uuid */
            cohort_id: string;
            /** Format: date-time */
            created_at: string;
            /** @description Handles of who leads it, in alphabetical order. */
            instructors: string[];
            /**
             * Format: date-time
             * @description When that one ceases to be good; absent: it does not expire.
             */
            invitation_expires_at?: string | null;
            /** @description Whether there is an invitation that is good; only for who leads it. */
            invites?: boolean | null;
            /**
             * Format: date-time
             * @description Since when the caller belongs to it; null for who does not.
             */
            joined_at?: string | null;
            /** @description Whether the caller leads it. */
            leads: boolean;
            /**
             * Format: int64
             * @description How many learners belong to it.
             */
            members: number;
            /** @description As its instructors named it. */
            name: string;
            /** @description `open` or `archived`. */
            status: string;
        };
        /** @description What a command that changes a cohort answers. */
        CohortChanged: {
            /**
             * @description Whoever is told it may join; only instructors who ask for it are told.
             * @example 7QMK-3XTN-9PWR
             */
            code?: string | null;
            /** Format: uuid */
            cohort_id: string;
            /**
             * Format: date-time
             * @description When the code ceases to be good; absent: it does not expire. Told with the code.
             */
            expires_at?: string | null;
            /**
             * @description The same as a link to where one joins, on the address the pages have.
             * @example /join/7QMK-3XTN-9PWR
             */
            link?: string | null;
            /** @example Programming 1 */
            name: string;
            /**
             * @description Where it stands; also in the header `Laurel-Position`.
             * @example 07.1234
             */
            position: string;
            /**
             * @description `open` or `archived`.
             * @example open
             */
            status: string;
        };
        CohortPage: {
            cohorts: components["schemas"]["Cohort"][];
            /** @description Absent on the last page. */
            next_cursor?: string | null;
        };
        /** @description An exercise that any member tried. */
        Column: {
            /** @description Its slug. */
            exercise: string;
            /** Format: int32 */
            points_max: number;
            title: string;
        };
        CreateCohort: {
            /**
             * @description 1 to 100 characters in one line, shown to members. It is kept for ever, so it names nobody.
             * @example Programming 1
             */
            name: string;
        };
        /** @description What happened on one day. */
        DayFigures: {
            /** Format: int32 */
            accepted: number;
            /**
             * Format: date
             * @example 2026-11-21
             */
            day: string;
            /**
             * Format: int64
             * @description Earned on this day.
             */
            points: number;
            /**
             * Format: int64
             * @description Of all time, at the end of this day.
             */
            points_total: number;
            /**
             * Format: int32
             * @description Exercises solved for the first time.
             */
            solved: number;
            /**
             * Format: int32
             * @description With a verdict by now.
             */
            submissions: number;
        };
        DiscardParked: {
            /**
             * @description Why, for people: 1 to 500 characters that are kept for ever, so without anybody's name.
             * @example written by a broken load test
             */
            reason: string;
            /**
             * Format: int64
             * @description Of the event that is left out, in its stream: as `GET /v1/parked/{projection}/{key}` has it.
             * @example 1234
             */
            sequence: number;
        };
        EraseAccount: {
            /**
             * Format: password
             * @description Asked for again, because this cannot be undone.
             * @example correct horse battery
             */
            password: string;
        };
        /**
         * @description Estimated from tries up to and including the first that solved it: of `f` tries that failed and `s` that solved, the
         *     empirical logit ln((f + ½) / (s + ½)) (Haldane 1956, Anscombe 1956), which is the item difficulty of a Rasch model whose
         *     learners are all alike (Wright and Stone, Best Test Design, 1979).
         */
        EstimatedDifficulty: {
            /**
             * Format: double
             * @description The same as a share: how probable it is that a try fails, 0 to 1.
             * @example 0.7
             */
            failure: number;
            /**
             * Format: double
             * @description 0: every second try solves it; each unit more makes the odds of failing e times as large.
             * @example 0.85
             */
            logit: number;
            /**
             * Format: int64
             * @description From so many tries.
             */
            tries: number;
        };
        /** @description A limit that a run went over, in the unit that its name ends with. */
        ExceededLimit: {
            /**
             * Format: int64
             * @description What the language was allowed, which may be more than the exercise says.
             * @example 2000
             */
            allowed: number;
            /**
             * @description `cpu_ms`, `wall_ms`, `memory_kib` or `output_kib`; or, where the program failed after it had reached it, `processes`,
             *     `open_files`, `files_kib` or `one_file_kib`.
             * @example cpu_ms
             */
            limit: string;
            /**
             * Format: int64
             * @example 2013
             */
            measured: number;
        };
        /**
         * @description An exercise as its author writes it.
         * @example {
         *       "category": "basics",
         *       "difficulty": "easy",
         *       "languages": [
         *         "python"
         *       ],
         *       "package": {
         *         "checker": "exact",
         *         "limits": {
         *           "cpu_ms": 2000,
         *           "memory_kib": 131072,
         *           "output_kib": 1024
         *         },
         *         "solutions": [
         *           {
         *             "accepted": true,
         *             "language": "python",
         *             "source": "print(sum(map(int, input().split())))"
         *           }
         *         ],
         *         "tests": [
         *           {
         *             "expected": "3\n",
         *             "group": "sample",
         *             "input": "1 2\n",
         *             "kind": "stdio"
         *           },
         *           {
         *             "expected": "2\n",
         *             "group": "hidden",
         *             "input": "-5 7\n",
         *             "kind": "stdio"
         *           }
         *         ]
         *       },
         *       "points": 10,
         *       "slug": "sum-of-two",
         *       "statement": "Read two numbers and print their sum.",
         *       "title": "Sum of two"
         *     }
         */
        ExerciseBody: {
            /** @description 2 to 32 lower-case letters, digits and single hyphens. */
            category: string;
            /** @description `easy`, `medium` or `hard`. */
            difficulty: string;
            /**
             * @description 1 to 16 of `bash`, `c`, `cpp`, `go`, `java`, `javascript`, `lua`, `perl`, `php`, `python`, `ruby`, `rust`,
             *     `typescript`; tests of the kind `call` are for `python` alone.
             */
            languages: string[];
            /**
             * @description Tests (`group`: `sample` or `hidden`, at least one of each; `kind`: `stdio` with `input`, or `call` with
             *     `expression`; `expected`), limits, checker, example solutions; at most 8 MiB. Hidden tests never leave the
             *     platform.
             */
            package: Record<string, never>;
            /**
             * Format: int32
             * @description What solving it is worth, 1 to 1,000.
             */
            points: number;
            /** @description 3 to 64 lower-case letters, digits and single hyphens. Required when creating; cannot be changed. */
            slug?: string | null;
            /** @description Markdown, at most 64 KiB. */
            statement: string;
            /** @description 1 to 120 characters on one line. */
            title: string;
        };
        /** @description What an exercise command answers. */
        ExerciseChanged: {
            /** Format: uuid */
            exercise_id: string;
            /**
             * Format: int32
             * @description Also the `ETag`.
             * @example 1
             */
            revision: number;
            /** @example sum-of-two */
            slug: string;
            /**
             * @description `draft`, `published` or `archived`.
             * @example draft
             */
            status: string;
        };
        /** @description An exercise with everything a learner may know. */
        ExerciseDetail: {
            /** Format: uuid */
            author_id: string;
            category: string;
            /** Format: date-time */
            created_at: string;
            difficulty: string;
            /** Format: uuid */
            exercise_id: string;
            languages: string[];
            limits: components["schemas"]["ExerciseLimits"];
            /** Format: int32 */
            points: number;
            /**
             * Format: int32
             * @description Also the ETag.
             */
            revision: number;
            samples: components["schemas"]["ExerciseSample"][];
            slug: string;
            /** @description Markdown. */
            statement: string;
            status: string;
            title: string;
            /** Format: date-time */
            updated_at: string;
        };
        /** @description What an import answers: the exercise, and what was found on the way. */
        ExerciseImported: {
            /**
             * Format: int32
             * @description The CPU time a test may take, milliseconds, which may follow from the example submissions.
             */
            cpu_ms: number;
            /** @description What the package was read as. */
            format: string;
            /**
             * Format: int32
             * @description Also the `ETag`.
             * @example 1
             */
            revision: number;
            /**
             * @description Also where it is.
             * @example sum-of-two
             */
            slug: string;
            /**
             * @description `draft` when it is new.
             * @example draft
             */
            status: string;
            /** @description The package's example submissions, judged. */
            submissions: components["schemas"]["CheckedSubmission"][];
            /** @description What was not taken over, or otherwise than its author may think. */
            warnings: string[];
        };
        /** @description What one test run may use. */
        ExerciseLimits: {
            /**
             * Format: int32
             * @description CPU time of the whole process tree, milliseconds.
             */
            cpu_ms: number;
            /**
             * Format: int32
             * @description Resident memory of the whole process tree, KiB.
             */
            memory_kib: number;
            /**
             * Format: int32
             * @description What a run may write to its output, KiB.
             */
            output_kib: number;
        };
        ExercisePage: {
            exercises: components["schemas"]["ExerciseSummary"][];
            /** @description Absent on the last page. */
            next_cursor?: string | null;
        };
        /** @description An example everybody may see. */
        ExerciseSample: {
            expected: string;
            /** @description Standard input, or the expression of a `call` test. */
            input: string;
        };
        /** @description Submissions that ended in a judge error count nowhere. */
        ExerciseStatistics: {
            /**
             * Format: double
             * @description `accepted` of `submissions`, 0 to 1; null before the first verdict.
             */
            acceptance?: number | null;
            /** Format: int64 */
            accepted: number;
            difficulty?: components["schemas"]["EstimatedDifficulty"] | null;
            /** @description The exercise's slug. */
            exercise: string;
            /** Format: uuid */
            exercise_id: string;
            /** @description Per language the quickest accepted submissions, one per learner. */
            fastest: components["schemas"]["FastestInLanguage"][];
            /**
             * Format: int64
             * @description Learners who solved it with their first submission.
             */
            first_tries: number;
            /**
             * Format: int64
             * @description How many learners' figures are not up to date because an event of theirs could not be applied.
             */
            parked_keys: number;
            /** Format: int64 */
            solved: number;
            /**
             * Format: int64
             * @description Submissions with a verdict.
             */
            submissions: number;
            /**
             * Format: double
             * @description Seconds from a learner's first submission to the one that solved it, among those who did; 0 when most solved it with
             *     the first. Read from classes of time, so it may be off by up to 19 %.
             */
            time_to_solve_s_median?: number | null;
            /**
             * Format: int64
             * @description Learners with such a submission, and how many of them solved it.
             */
            tried: number;
        };
        /** @description An exercise as a catalogue shows it. */
        ExerciseSummary: {
            category: string;
            difficulty: string;
            /** Format: uuid */
            exercise_id: string;
            languages: string[];
            /** Format: int32 */
            points: number;
            /** Format: int32 */
            revision: number;
            slug: string;
            status: string;
            title: string;
            /** Format: date-time */
            updated_at: string;
        };
        FastSubmission: {
            /**
             * Format: int32
             * @description CPU time of all tests together, milliseconds.
             */
            cpu_ms: number;
            handle: string;
            /** Format: uuid */
            learner_id: string;
            /** Format: date-time */
            received_at: string;
        };
        FastestInLanguage: {
            language: string;
            submissions: components["schemas"]["FastSubmission"][];
        };
        /** @description A fact: CloudEvents 1.0 in JSON, with two extensions that say where in the log it stands. */
        FeedEvent: {
            /** @description The event, as it was published. */
            data: unknown;
            /** @example application/json */
            datacontenttype: string;
            /** Format: uuid */
            id: string;
            /** @example 07.1234 */
            position: string;
            /** @description Keyed digest of the request that led to it. */
            requestdigest?: string | null;
            /**
             * Format: int64
             * @description Counts through FACTS, without a hole.
             * @example 1234
             */
            sequence: number;
            /** @example /laurel/command-api */
            source: string;
            /** @example 1.0 */
            specversion: string;
            /** @description `facts.<family>.<partition>.<key>`. */
            subject: string;
            /** Format: date-time */
            time: string;
            /** @description W3C trace context. */
            traceparent?: string | null;
            /**
             * @description `laurel.<name>.v<version>`; there is a JSON Schema of `data` for each.
             * @example laurel.learner_registered.v1
             */
            type: string;
        };
        /** @description Exercises of one category or difficulty, as it is now. */
        GroupStatistics: {
            /**
             * Format: int64
             * @description Published exercises there are.
             */
            available: number;
            name: string;
            /** Format: int64 */
            points: number;
            /** Format: int64 */
            solved: number;
            /** Format: int64 */
            tried: number;
        };
        Invite: {
            /**
             * Format: date-time
             * @description From when on the code is good no more: within a year. If absent, the code there is stays as it is, also if it has
             *     expired, and another one does not expire.
             */
            expires_at?: string | null;
            /**
             * @description `true`: another code, and the one before is void. `false` (the default): the code there is, or one if there is
             *     none.
             */
            renew?: boolean;
        };
        JoinCohort: {
            /**
             * @description As an instructor told it. Case, hyphens and spaces do not matter.
             * @example 7QMK-3XTN-9PWR
             */
            code: string;
        };
        /** @description One judgement of a submission. */
        JudgementSummary: {
            /**
             * Format: date-time
             * @description When its set was applied.
             */
            applied_at?: string | null;
            /** @description Whether it is the one that counts. */
            in_effect: boolean;
            /** Format: date-time */
            judged_at: string;
            /** Format: uuid */
            judgement_id: string;
            /** Format: int32 */
            points: number;
            /**
             * Format: uuid
             * @description The rejudge set it is a result of; absent for the first one.
             */
            rejudge_id?: string | null;
            verdict: string;
        };
        LanguageState: {
            /** @description Whether tests may call into programs in it. */
            knows_calls: boolean;
            /** @example python */
            name: string;
            /** @description Whether a judge has it. What is handed in where none has it ends as `judge_error`. */
            on: boolean;
            /**
             * @description Those the judges have.
             * @example [
             *       "3.11.2"
             *     ]
             */
            versions: string[];
        };
        LanguageStatistics: {
            /** Format: int64 */
            accepted: number;
            language: string;
            /**
             * Format: int64
             * @description Exercises solved in it.
             */
            solved: number;
            /** Format: int64 */
            submissions: number;
        };
        /** @description What can be handed in, at this moment. */
        Languages: {
            /**
             * @description How many judges said lately that they are there.
             * @example 2
             */
            judges: number;
            /** @description Every language an exercise may offer, by name. */
            languages: components["schemas"]["LanguageState"][];
        };
        LearnerAchievement: components["schemas"]["AchievementRule"] & {
            /**
             * Format: date-time
             * @description Absent while it is locked.
             */
            unlocked_at?: string | null;
            /**
             * Format: int64
             * @description Where the figure stands now. It may fall below the threshold again, by a rejudge; what is unlocked stays.
             */
            value: number;
        };
        LearnerAchievements: {
            /** @description All there are, in the order of the rules. */
            achievements: components["schemas"]["LearnerAchievement"][];
            /** Format: uuid */
            learner_id: string;
            unlocked: number;
        };
        /** @description A learner for whom something would change. */
        LearnerPreview: {
            /** @description Null when the learner was erased. */
            handle?: string | null;
            /** Format: uuid */
            learner_id: string;
            /** Format: int64 */
            points_after: number;
            /**
             * Format: int64
             * @description On the global all-time board.
             */
            points_before: number;
            submissions: components["schemas"]["SubmissionPreview"][];
        };
        LearnerRoles: {
            /** @example ada */
            handle: string;
            /** Format: uuid */
            learner_id: string;
            /**
             * @example [
             *       "learner",
             *       "author"
             *     ]
             */
            roles: string[];
        };
        /** @description Submissions that ended in a judge error count nowhere. */
        LearnerStatistics: {
            /** Format: int32 */
            accepted: number;
            /**
             * Format: double
             * @description `accepted` of `submissions`, 0 to 1; null before the first verdict.
             */
            accuracy?: number | null;
            /** Format: double */
            attempts_to_solve_mean?: number | null;
            /**
             * Format: double
             * @description Submissions per solved exercise, counting the one that solved it.
             */
            attempts_to_solve_median?: number | null;
            by_category: components["schemas"]["GroupStatistics"][];
            /** @description `easy`, `medium`, `hard`. */
            by_difficulty: components["schemas"]["GroupStatistics"][];
            by_language: components["schemas"]["LanguageStatistics"][];
            /**
             * Format: int32
             * @description Exercises solved with the first submission.
             */
            first_tries: number;
            /** Format: uuid */
            learner_id: string;
            /**
             * Format: int64
             * @description Of all time, as on the global board.
             */
            points: number;
            /** Format: int64 */
            solved: number;
            streaks: components["schemas"]["Streaks"];
            /**
             * Format: int32
             * @description With a verdict.
             */
            submissions: number;
            /**
             * Format: double
             * @description Seconds from the first submission to the one that solved the exercise.
             */
            time_to_solve_s_median?: number | null;
            /**
             * Format: int64
             * @description Exercises with a submission, and how many of them are solved.
             */
            tried: number;
            /**
             * @description The time zone's name.
             * @example Europe/Berlin
             */
            tz: string;
        };
        LogIn: {
            /**
             * @description The handle or the e-mail address.
             * @example ada
             */
            login: string;
            /**
             * Format: password
             * @example correct horse battery
             */
            password: string;
        };
        Matrix: {
            /** @description Every exercise that any member of the cohort tried, by slug; the same on every page. */
            exercises: components["schemas"]["Column"][];
            members: components["schemas"]["MatrixRow"][];
            /** @description Absent on the last page. */
            next_cursor?: string | null;
            /**
             * Format: int64
             * @description How many members' figures are incomplete, because an event of theirs could not be applied yet.
             */
            parked_members: number;
        };
        /** @description One member's results. */
        MatrixRow: {
            /** @description For each of `exercises`, in their order: the best points so far; null where nothing was handed in. */
            best_points: (number | null)[];
            handle: string;
            /** Format: uuid */
            learner_id: string;
            /**
             * Format: int64
             * @description The sum of `best_points`.
             */
            points: number;
            /** Format: int64 */
            solved: number;
        };
        Me: {
            handle: string;
            /** Format: uuid */
            learner_id: string;
            /**
             * Format: int64
             * @description Of all time.
             */
            points: number;
            /** Format: date-time */
            registered_at: string;
            roles: string[];
            /**
             * Format: int64
             * @description How many exercises were solved.
             */
            solved: number;
        };
        Member: {
            handle: string;
            /** Format: date-time */
            joined_at: string;
            /**
             * Format: date-time
             * @description When they last handed anything in; null for who never did.
             */
            last_attempt_at?: string | null;
            /** Format: uuid */
            learner_id: string;
            /**
             * Format: int64
             * @description Of all time, on all exercises, as on the global board; not only since joining.
             */
            points: number;
            /** Format: int64 */
            solved: number;
            /** Format: int64 */
            tried: number;
        };
        MemberPage: {
            members: components["schemas"]["Member"][];
            /** @description Absent on the last page. */
            next_cursor?: string | null;
            /**
             * Format: int64
             * @description How many members' figures are incomplete, because an event of theirs could not be applied yet.
             */
            parked_members: number;
        };
        /** @description What joining and leaving answer. */
        MembershipChanged: {
            /** Format: uuid */
            cohort_id: string;
            /** @description Whether the learner is a member now. */
            member: boolean;
            /**
             * @description Where that stands; also in the header `Laurel-Position`.
             * @example 07.1234
             */
            position: string;
        };
        /** @description Why, for people. */
        OrderBuild: {
            /**
             * @description At most 500 characters that are kept for ever, so without anybody's name. Required for a rollback, and where a
             *     difference is accepted.
             * @example a total was changed by hand
             */
            reason?: string;
        };
        /** @description A rebuild. */
        OrderRebuild: {
            /** @description Take the live tables' place also when the result differs from them: for tables that are known to be wrong. */
            accept_difference?: boolean;
            /** @example verify found a total that was changed by hand */
            reason?: string;
        };
        /** @description An order that was given. */
        Ordered: {
            /**
             * Format: uuid
             * @description What is built; of an abort, the order itself.
             */
            build_id: string;
            /**
             * @description Where the order stands; also in the header `Laurel-Position`.
             * @example 07.1234
             */
            position: string;
        };
        /** @description An event that is not applied yet. */
        ParkedEvent: {
            /** @description Whether it could not be applied itself; the others wait behind it. */
            cause: boolean;
            error: string;
            /**
             * @description The fact as the feed has it, sealed fields sealed; what cannot be read as a text. Absent for events about accounts,
             *     which are personal, and where the log has it no more or cannot be reached.
             */
            event?: unknown;
            /** Format: uuid */
            event_id: string;
            event_type: string;
            /** Format: date-time */
            parked_at: string;
            /**
             * Format: int64
             * @description In its stream.
             */
            sequence: number;
        };
        ParkedEvents: {
            /** @description In the order they will be applied in. */
            events: components["schemas"]["ParkedEvent"][];
            /** Format: uuid */
            key: string;
            /** @description Absent on the last page. */
            next_cursor?: string | null;
            part: string;
            projection: string;
            /**
             * Format: int64
             * @description How many events are parked, over all pages.
             */
            total: number;
            /** Format: int32 */
            version: number;
        };
        /** @description A key whose later events wait behind one that could not be applied. */
        ParkedKey: {
            error: string;
            /** Format: uuid */
            event_id: string;
            event_type: string;
            /**
             * Format: int64
             * @description How many events are parked, the first included.
             */
            events: number;
            /**
             * Format: uuid
             * @description The learner or whatever else the events are about.
             */
            key: string;
            /** Format: date-time */
            parked_at: string;
            /** @description The partition of FACTS, or `id`. */
            part: string;
            /** @description Which read model stands still for this key. */
            projection: string;
            /**
             * Format: int64
             * @description Of the event that keeps it parked, in its stream: what `discard` is told.
             */
            sequence: number;
            /** @description `live`; `building` or `old` are nobody's answers. */
            state: string;
            /** Format: int32 */
            version: number;
        };
        /** @description What an order about a parked key answers. */
        ParkedKeyOrdered: {
            /**
             * @description Where the order stands; also in the header `Laurel-Position`. A read that names it sees what came of it.
             * @example 07.1234
             */
            position: string;
        };
        ParkedPage: {
            /**
             * Format: int64
             * @description How many keys are parked in live versions, over all pages.
             */
            live_keys: number;
            /** @description Absent on the last page. */
            next_cursor?: string | null;
            parked: components["schemas"]["ParkedKey"][];
        };
        /** @description A learner on a board. */
        PlacePreview: {
            /** @description Null when the learner was erased. */
            handle?: string | null;
            /** Format: uuid */
            learner_id: string;
            /** Format: int64 */
            points_after: number;
            /** Format: int64 */
            points_before: number;
            /** Format: int64 */
            rank_after?: number | null;
            /**
             * Format: int64
             * @description Absent when not among the first ten.
             */
            rank_before?: number | null;
        };
        /** @description The body of a problem as it stands on the wire. */
        Problem: {
            /**
             * @description Stable name of the kind of problem.
             * @example handle_taken
             */
            code: string;
            /** @description What happened, for a person. */
            detail: string;
            /** @description The field, header or parameter at fault. */
            field?: string | null;
            /** @description What to quote when asking an operator; also in the `X-Request-Id` header. */
            request_id?: string | null;
            /**
             * Format: int32
             * @description The HTTP status.
             */
            status: number;
            /** @description The HTTP status in words. */
            title: string;
            /** @description A URI that names the kind of problem: `https://laurel.invalid/problems/<code>`. */
            type: string;
        };
        Profile: {
            handle: string;
            /** Format: uuid */
            learner_id: string;
            /**
             * Format: int64
             * @description Of all time.
             */
            points: number;
            /** Format: date-time */
            registered_at: string;
            /**
             * Format: int64
             * @description How many exercises were solved.
             */
            solved: number;
        };
        ProgressEntry: {
            /** Format: int32 */
            attempts: number;
            /**
             * Format: int32
             * @description Counting the one that solved it.
             */
            attempts_to_solve?: number | null;
            /**
             * Format: int32
             * @description Of all tests together, milliseconds; null before the first verdict.
             */
            best_cpu_ms?: number | null;
            /**
             * Format: int32
             * @description The personal best: most points, then least CPU time.
             */
            best_points: number;
            /** Format: uuid */
            best_submission_id?: string | null;
            category: string;
            difficulty: string;
            /** @description The exercise's slug. */
            exercise: string;
            /** Format: uuid */
            exercise_id: string;
            /** Format: date-time */
            first_attempt_at: string;
            /** Format: date-time */
            last_attempt_at: string;
            /** Format: int32 */
            points_max: number;
            /** Format: date-time */
            solved_at?: string | null;
            /**
             * Format: int64
             * @description Seconds from the first attempt to the one that solved it.
             */
            time_to_solve_s?: number | null;
            title: string;
        };
        ProgressPage: {
            /** Format: uuid */
            learner_id: string;
            /** @description Absent on the last page. */
            next_cursor?: string | null;
            /**
             * Format: int64
             * @description The sum of the best points, over all pages: the points of all time, as on the global board.
             */
            points: number;
            progress: components["schemas"]["ProgressEntry"][];
            /**
             * Format: int64
             * @description Exercises solved, over all pages.
             */
            solved: number;
            /**
             * Format: int64
             * @description Exercises tried, over all pages.
             */
            tried: number;
        };
        ProjectionList: {
            projections: components["schemas"]["ProjectionStatus"][];
        };
        /** @description A read model. */
        ProjectionStatus: {
            /** @description The latest builds first: of the list, only the last one of each. */
            builds: components["schemas"]["Build"][];
            /** @description Versions that are not built by themselves: they were rolled back, or their build was aborted. */
            held_versions: number[];
            /**
             * Format: int64
             * @description How many messages its stream had behind that when its owner last looked, at most a few seconds ago. 0: level.
             */
            lag_events: number;
            /** Format: date-time */
            moved_at?: string | null;
            /** @example ledger */
            name: string;
            /**
             * Format: int64
             * @description How many learners' or exercises' events wait because one of them could not be applied.
             */
            parked_keys: number;
            /**
             * Format: int64
             * @description The event it has passed.
             */
            sequence: number;
            /**
             * Format: int32
             * @description The version that is read; absent while the first one is built.
             */
            version?: number | null;
            way_back?: components["schemas"]["WayBack"] | null;
        };
        /** @description Where a submission stands. */
        QueuePlace: {
            /**
             * Format: int64
             * @description 1: the next, or being judged.
             * @example 12
             */
            place: number;
            /**
             * Format: int64
             * @description At the pace of the last verdicts, rounded up; absent when there were none lately.
             * @example 4
             */
            wait_seconds?: number | null;
        };
        /** @description What came of it. */
        Ran: {
            /** @description What the compiler (or interpreter, before the first test) said. */
            compile_output?: string | null;
            /** @description For `judge_error`: what went wrong on our side. */
            reason?: string | null;
            tests: components["schemas"]["RanTest"][];
            /**
             * @description As of a submission; `null` when input of one's own was run to its end, because nobody knows the right answer.
             * @example accepted
             */
            verdict?: string | null;
        };
        RanTest: {
            /**
             * Format: int32
             * @description CPU time, milliseconds.
             */
            cpu_ms: number;
            /** @description For the verdicts that are about a limit: which, what was measured and what was allowed. */
            exceeded?: Record<string, never> | null;
            /**
             * Format: int32
             * @description Peak resident memory, KiB.
             */
            memory_kib: number;
            /**
             * Format: int32
             * @description From 1.
             */
            ordinal: number;
            /** @description What the program printed, cut at 4 KiB. */
            output?: string | null;
            /** @example accepted */
            verdict?: string | null;
        };
        Refresh: {
            /** @description As login or the last refresh answered it. */
            refresh_token: string;
        };
        Register: {
            /**
             * @description Unique without regard to case. Never shown.
             * @example ada@example.org
             */
            email: string;
            /**
             * @description 3 to 24 letters (a to z), digits, hyphens or underscores. Shown on boards; unique without regard to case. Names that
             *     sound like the platform or those who run it are reserved.
             * @example ada
             */
            handle: string;
            /**
             * Format: password
             * @description At least 10 characters, at most 256 bytes.
             * @example correct horse battery
             */
            password: string;
        };
        Registered: {
            /** @example ada */
            handle: string;
            /** Format: uuid */
            learner_id: string;
        };
        /** @description A set and how far it is. */
        Rejudge: {
            /**
             * Format: int64
             * @description How many results have effect.
             */
            applied: number;
            /** Format: date-time */
            changed_at: string;
            /** @description The slug of the exercise it is about, if it names one. */
            exercise?: string | null;
            /**
             * Format: int32
             * @description The last revision of the exercise that the set names: above `judged_revision`, it has changed since.
             */
            exercise_revision?: number | null;
            /**
             * Format: int64
             * @description How many of those ended in `judge_error`, which has no effect: the learner was erased, or it was our fault.
             */
            failed: number;
            /** @description `current` or `original`: by which revision of its exercise each submission is judged. */
            judge_by: string;
            /**
             * Format: int64
             * @description How many of them have a result.
             */
            judged: number;
            /**
             * Format: int32
             * @description By which revision the results there are were judged. Absent when there is none yet, when they differ, and when the
             *     set names no exercise.
             */
            judged_revision?: number | null;
            reason: string;
            /** Format: uuid */
            rejudge_id: string;
            /** Format: date-time */
            requested_at: string;
            /** Format: uuid */
            requested_by: string;
            /** @description Null when that account was erased. */
            requested_by_handle?: string | null;
            selection: components["schemas"]["RejudgeSelection"];
            /** @description `requested`, `selected`, `judged`, `applying`, `applied` or `cancelled`. */
            status: string;
            /**
             * Format: int32
             * @description How many submissions belong to it; absent while they are being looked up.
             */
            submissions?: number | null;
        };
        /** @description What a rejudge command answers. */
        RejudgeChanged: {
            /**
             * @description Where it stands; also in the header `Laurel-Position`.
             * @example 07.1234
             */
            position: string;
            /** Format: uuid */
            rejudge_id: string;
            /**
             * @description `requested`, `selected`, `judged`, `applying`, `applied` or `cancelled`.
             * @example requested
             */
            status: string;
        };
        RejudgePage: {
            /** @description Absent on the last page. */
            next_cursor?: string | null;
            rejudges: components["schemas"]["Rejudge"][];
        };
        /** @description What would change. */
        RejudgePreview: {
            /** @description The all-time boards: the global one, then those of the exercises. */
            boards: components["schemas"]["BoardPreview"][];
            /** @description Learners with such submissions. */
            changed_learners: number;
            /** @description Submissions that would get another verdict or other points. */
            changed_submissions: number;
            /** @description Those with the largest changes first. */
            learners: components["schemas"]["LearnerPreview"][];
            /** @description Absent on the last page. */
            next_cursor?: string | null;
            rejudge: components["schemas"]["Rejudge"];
        };
        /** @description What the set was asked to take: submissions that fit all of it. */
        RejudgeSelection: {
            /** Format: date-time */
            from?: string | null;
            /** Format: int32 */
            revision?: number | null;
            submissions?: string[];
            /** Format: date-time */
            until?: string | null;
        };
        RenameCohort: {
            /**
             * @description 1 to 100 characters in one line, shown to members. It is kept for ever, so it names nobody.
             * @example Programming 1
             */
            name: string;
        };
        /** @description Which submissions are judged again: those received before this request that fit everything said here. */
        RequestRejudge: {
            /**
             * @description The slug of an exercise.
             * @example sum-of-two
             */
            exercise?: string | null;
            /**
             * Format: date-time
             * @description Received at this time or later.
             */
            from?: string | null;
            /**
             * @description `current` (the default): by each exercise's last revision before this request. `original`: by the one it was handed
             *     in to.
             * @example current
             */
            judge_by?: string;
            /**
             * @description Why, for people: 1 to 500 characters that are kept for ever, so without anybody's name.
             * @example test 7 expected a wrong sum
             */
            reason: string;
            /**
             * Format: int32
             * @description Only submissions to this revision of the exercise.
             */
            revision?: number | null;
            /** @description Only these, at most 1,000. */
            submissions?: string[];
            /**
             * Format: date-time
             * @description Received before this time.
             */
            until?: string | null;
        };
        RunSolution: {
            /**
             * @description What the program reads (or the expression of an exercise whose tests are expressions); at most 65,536 bytes in UTF-8.
             *     Without it the exercise's samples are run.
             * @example 1 2
             */
            input?: string | null;
            /** @example python */
            language: string;
            /**
             * @description At most 65,536 bytes in UTF-8.
             * @example print(sum(map(int, input().split())))
             */
            source: string;
        };
        /** @description Days in a row with an accepted submission each. */
        Streaks: {
            /**
             * Format: int32
             * @description Up to today, or up to yesterday as long as today may still add to it.
             */
            current_days: number;
            /**
             * Format: date
             * @description The last such day.
             * @example 2026-11-21
             */
            last_day?: string | null;
            /** Format: int32 */
            longest_days: number;
        };
        /** @description A submission with everything its learner may know. */
        SubmissionDetail: components["schemas"]["SubmissionSummary"] & {
            category: string;
            compile_output?: string | null;
            /** Format: uuid */
            exercise_id: string;
            handle?: string | null;
            /** Format: uuid */
            judgement_id?: string | null;
            /**
             * @description Every judgement there was, the oldest first. Results of a rejudge set are there once they had effect; those that have
             *     none are shown to instructors and admins only.
             */
            judgements: components["schemas"]["JudgementSummary"][];
            /** Format: uuid */
            learner_id: string;
            queue?: components["schemas"]["QueuePlace"] | null;
            /** @description For `judge_error`: what went wrong on our side. */
            reason?: string | null;
            /** Format: int32 */
            size_bytes: number;
            source: string;
            tests: components["schemas"]["SubmissionTest"][];
        };
        /** @description A submission in its learner's history. */
        SubmissionEntry: components["schemas"]["SubmissionSummary"] & {
            /** @description Every judgement that has or had effect, the oldest first: the first one, and those of applied rejudge sets. */
            judgements: components["schemas"]["JudgementSummary"][];
        };
        SubmissionPage: {
            /** @description Absent on the last page. */
            next_cursor?: string | null;
            submissions: components["schemas"]["SubmissionEntry"][];
        };
        SubmissionPreview: {
            /** @description The exercise's slug. */
            exercise?: string | null;
            /** Format: int32 */
            points_after: number;
            /** Format: int32 */
            points_before: number;
            /** Format: uuid */
            submission_id: string;
            verdict_after: string;
            verdict_before?: string | null;
        };
        /** @enum {string} */
        SubmissionStatus: "received" | "judged";
        /** @description What a list and a live message say about a submission. */
        SubmissionSummary: {
            /** Format: int32 */
            cpu_ms?: number | null;
            /** @description The exercise's slug. */
            exercise?: string | null;
            /** Format: date-time */
            judged_at?: string | null;
            language: string;
            /** Format: int32 */
            memory_kib?: number | null;
            /** Format: int32 */
            points?: number | null;
            /** Format: int32 */
            points_max: number;
            /** Format: date-time */
            received_at: string;
            /** Format: int32 */
            revision: number;
            /** @description `received`, then `judged`. */
            status: components["schemas"]["SubmissionStatus"];
            /** Format: uuid */
            submission_id: string;
            verdict?: string | null;
        };
        /** @description One test's result. Of a hidden test only the figures are there. */
        SubmissionTest: {
            /** Format: int32 */
            cpu_ms: number;
            exceeded?: components["schemas"]["ExceededLimit"] | null;
            /** @description `sample` or `hidden`. */
            group: string;
            /** Format: int32 */
            memory_kib: number;
            /**
             * Format: int32
             * @description From 1.
             */
            ordinal: number;
            /** @description What the program printed; samples only. */
            output?: string | null;
            verdict: string;
        };
        SubmitSolution: {
            /** @example python */
            language: string;
            /**
             * @description At most 65,536 bytes in UTF-8.
             * @example print(sum(map(int, input().split())))
             */
            source: string;
        };
        Submitted: {
            /**
             * @description Where it stands; also in the header `Laurel-Position`.
             * @example 07.1234
             */
            position: string;
            /** Format: uuid */
            submission_id: string;
        };
        /** @description What a client signs its requests with. */
        Tokens: {
            /** @description For the `Authorization` header. */
            access_token: string;
            /**
             * Format: int64
             * @description For how long the access token is good.
             * @example 600
             */
            expires_in_s: number;
            /** @description For `/v1/token/refresh`, once. */
            refresh_token: string;
            /** @example Bearer */
            token_type: string;
        };
        /** @description The tables that were live before. */
        WayBack: {
            /** Format: date-time */
            kept_at: string;
            /**
             * Format: int64
             * @description The event they had passed then; what came since is caught up with.
             */
            sequence: number;
            /** Format: int32 */
            version: number;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
