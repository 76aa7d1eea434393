import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { session } from "../lib/session";
import { LandingPage } from "./LandingPage";
import { NotFound, WentWrong } from "./NotFound";
import { Shell } from "./Shell";

/** Text from the address, for pages that keep what was chosen there. */
function texts<K extends string>(...names: K[]) {
  return (search: Record<string, unknown>): { [N in K]?: string } => {
    const found: { [N in K]?: string } = {};
    for (const name of names) {
      const value = search[name];
      if (typeof value === "string" && value !== "") found[name] = value;
      else if (typeof value === "number") found[name] = String(value);
    }
    return found;
  };
}

function signedInOnly({ location }: { location: { href: string } }): void {
  if (!session.get()) throw redirect({ to: "/sign-in", search: { back: location.href } });
}

const root = createRootRoute({ component: Shell });

const landing = createRoute({ getParentRoute: () => root, path: "/", component: LandingPage });
const catalogue = createRoute({
  getParentRoute: () => root,
  path: "/exercises",
  validateSearch: texts("q", "category", "difficulty", "mark"),
  component: lazyRouteComponent(() => import("../features/catalogue/CataloguePage"), "CataloguePage"),
});
const exercise = createRoute({
  getParentRoute: () => root,
  path: "/exercises/$slug",
  component: lazyRouteComponent(() => import("../features/solving/ExercisePage"), "ExercisePage"),
});
const board = createRoute({
  getParentRoute: () => root,
  path: "/boards/$scope",
  validateSearch: texts("window", "as_of"),
  component: lazyRouteComponent(() => import("../features/boards/BoardPage"), "BoardPage"),
});
const wall = createRoute({
  getParentRoute: () => root,
  path: "/wall/$scope",
  validateSearch: texts("window"),
  component: lazyRouteComponent(() => import("../features/boards/WallPage"), "WallPage"),
});
const learner = createRoute({
  getParentRoute: () => root,
  path: "/learners/$handle",
  component: lazyRouteComponent(() => import("../features/progress/ProfilePage"), "ProfilePage"),
});
const classes = createRoute({
  getParentRoute: () => root,
  path: "/classes",
  beforeLoad: signedInOnly,
  component: lazyRouteComponent(() => import("../features/classes/ClassesPage"), "ClassesPage"),
});
const oneClass = createRoute({
  getParentRoute: () => root,
  path: "/classes/$id",
  beforeLoad: signedInOnly,
  component: lazyRouteComponent(() => import("../features/teaching/ClassPage"), "ClassPage"),
});
const author = createRoute({
  getParentRoute: () => root,
  path: "/author",
  beforeLoad: signedInOnly,
  validateSearch: texts("slug"),
  component: lazyRouteComponent(() => import("../features/authoring/AuthorPage"), "AuthorPage"),
});
const operations = createRoute({
  getParentRoute: () => root,
  path: "/operations",
  beforeLoad: signedInOnly,
  component: lazyRouteComponent(() => import("../features/operating/OperationsPage"), "OperationsPage"),
});
const join = createRoute({
  getParentRoute: () => root,
  path: "/join/$code",
  component: lazyRouteComponent(() => import("../features/classes/JoinPage"), "JoinPage"),
});
const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: texts("back"),
  component: lazyRouteComponent(() => import("../features/accounts/SignInPage"), "SignInPage"),
});
const register = createRoute({
  getParentRoute: () => root,
  path: "/register",
  validateSearch: texts("back"),
  component: lazyRouteComponent(() => import("../features/accounts/RegisterPage"), "RegisterPage"),
});

export const router = createRouter({
  routeTree: root.addChildren([landing, catalogue, exercise, board, wall, learner, classes, oneClass, author, operations, join, signIn, register]),
  // A scope reads `category:graphs` in the address too.
  pathParamsAllowedCharacters: [":"],
  defaultPreload: "intent",
  scrollRestoration: true,
  defaultNotFoundComponent: NotFound,
  defaultErrorComponent: WentWrong,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
