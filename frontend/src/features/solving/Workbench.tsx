import { useMutation, useQuery } from "@tanstack/react-query";
import { Link, useLocation } from "@tanstack/react-router";
import { type ReactNode, useRef, useState } from "react";
import { Button, Card, Notice, Select } from "../../components/ui";
import { ProblemNotice } from "../../components/ui/ProblemNotice";
import { Tabs } from "../../components/ui/Tabs";
import { useMessages } from "../../lib/i18n";
import { kept } from "../../lib/kept";
import { languageTitle } from "../../lib/languages";
import { session } from "../../lib/session";
import { useStore } from "../../lib/store";
import { unique } from "../../lib/unique";
import { type Exercise, languagesQuery, run, submit, useJudgings } from "./api";
import { useDraft } from "./draft";
import { Editor } from "./Editor";
import { History } from "./History";
import { TryResult } from "./TryResult";
import { VerdictPanel } from "./VerdictPanel";
import styles from "./solving.module.css";

interface Attempt {
  language: string;
  source: string;
  key: string;
}

/** Where a solution is written, tried, handed in and judged. Another account finds nothing of the one before. */
export function Workbench({ exercise }: { exercise: Exercise }) {
  const learnerId = useStore(session)?.learnerId ?? null;
  return <Bench key={learnerId ?? ""} exercise={exercise} learnerId={learnerId} />;
}

function Bench({ exercise, learnerId }: { exercise: Exercise; learnerId: string | null }) {
  const t = useMessages();
  const signedIn = learnerId !== null;
  const [language, setLanguage] = useState(() => preferred(exercise.languages));
  const [input, setInput] = useState("");
  const [tab, setTab] = useState("try");
  const [shown, setShown] = useState<string | null>(null);
  const draft = useDraft(learnerId, exercise.slug, language);
  const { judgings, state } = useJudgings(learnerId);
  const running = useMutation({
    mutationFn: () => run(exercise.slug, { language, source: draft.text, ...(input && { input }) }),
  });
  const unanswered = useRef<Attempt | null>(null);
  const submitting = useMutation({
    mutationFn: ({ key, ...solution }: Attempt) => submit(exercise.slug, solution, key),
    onSuccess: (submitted) => {
      unanswered.current = null;
      setShown(submitted.submission_id);
      setTab("verdict");
    },
  });
  const canGo = signedIn && exercise.status !== "archived";
  const tryOut = () => {
    if (!canGo || running.isPending) return;
    setTab("try");
    running.mutate();
  };
  const handIn = () => {
    if (!canGo || submitting.isPending) return;
    // The same solution after an answer that never came is the same request, so it is not handed in twice.
    const again = unanswered.current;
    const isSame = again?.language === language && again.source === draft.text;
    const attempt = isSame && again ? again : { language, source: draft.text, key: unique() };
    unanswered.current = attempt;
    submitting.mutate(attempt);
  };
  const choose = (chosen: string) => {
    kept.write("solves-in", chosen);
    setLanguage(chosen);
  };
  const show = (id: string) => {
    setShown(id);
    setTab("verdict");
  };
  const restore = (source: string, of: string) => {
    if (of !== language && exercise.languages.includes(of)) choose(of);
    draft.change(source);
  };
  const tabs = [
    { name: "try", title: t.exercise.tabTry, content: <TryPanel input={input} onInput={setInput}><TryResult exercise={exercise} running={running} ownInput={input !== ""} /></TryPanel> },
    { name: "verdict", title: t.exercise.tabVerdict, content: <VerdictPanel exercise={exercise} id={shown} judging={shown ? judgings.get(shown) : undefined} state={state} onRestore={restore} /> },
    { name: "history", title: t.exercise.tabHistory, content: signedIn ? <History slug={exercise.slug} shown={shown} onShow={show} /> : null },
  ];
  return (
    <div className={styles.right}>
      <Card className={styles.work} aria-labelledby="solution">
        <h2 id="solution" className="hidden-text">{t.exercise.solution}</h2>
        <Writing exercise={exercise} language={language} onLanguage={choose} draft={draft} onRun={tryOut} onSubmit={handIn} />
        {signedIn ? (
          <div className={styles.actions}>
            <Button disabled={!canGo || running.isPending} onClick={tryOut}>{running.isPending ? t.exercise.running : input ? t.exercise.run : t.exercise.runSamples}<kbd className={styles.keys}>{t.exercise.runKeys}</kbd></Button>
            <Button look="primary" disabled={!canGo || submitting.isPending} onClick={handIn}>{submitting.isPending ? t.exercise.submitting : t.exercise.submit}<kbd className={styles.keys}>{t.exercise.submitKeys}</kbd></Button>
          </div>
        ) : <SignInFirst />}
        {submitting.error && <ProblemNotice error={submitting.error} onAgain={handIn} />}
      </Card>
      <Card aria-label={t.exercise.tabVerdict}><Tabs label={t.exercise.solution} value={tab} onChange={setTab} tabs={tabs} /></Card>
    </div>
  );
}

function preferred(languages: readonly string[]): string {
  const before = kept.read("solves-in");
  return before && languages.includes(before) ? before : (languages[0] ?? "python");
}

interface WritingProps {
  exercise: Exercise;
  language: string;
  onLanguage: (language: string) => void;
  draft: ReturnType<typeof useDraft>;
  onRun: () => void;
  onSubmit: () => void;
}

function Writing({ exercise, language, onLanguage, draft, onRun, onSubmit }: WritingProps) {
  const t = useMessages();
  const [plain, setPlain] = useState(() => kept.read("plain-editor") === "yes");
  const known = useQuery(languagesQuery);
  const isOn = (name: string) => known.data?.languages.find((one) => one.name === name)?.on ?? true;
  const choosePlain = (chosen: boolean) => {
    kept.write("plain-editor", chosen ? "yes" : null);
    setPlain(chosen);
  };
  return (
    <>
      <div className={styles.bar}>
        <Select label={t.exercise.language} value={language} onChange={(event) => onLanguage(event.target.value)}>
          {exercise.languages.map((name) => (
            <option key={name} value={name}>{languageTitle(name)}{isOn(name) ? "" : ` (${t.exercise.missingJudge})`}</option>
          ))}
        </Select>
        <label className={styles.toggle}><input type="checkbox" checked={plain} onChange={(event) => choosePlain(event.target.checked)} />{t.exercise.plain}</label>
      </div>
      {draft.other !== null && (
        <Notice kind="still">
          <div>{t.exercise.otherTab}</div>
          <Button small onClick={draft.takeTheirs}>{t.exercise.takeTheirs}</Button>
          <Button small onClick={draft.keepMine}>{t.exercise.keepMine}</Button>
        </Notice>
      )}
      <Editor label={t.exercise.editorLabel(languageTitle(language))} language={language} value={draft.text} onChange={draft.change} onRun={onRun} onSubmit={onSubmit} plain={plain} />
      <div className={styles.under}>
        <span>{draft.isKept ? t.exercise.saved : t.exercise.unsaved}</span>
        {!plain && <span>{t.exercise.editorHint}</span>}
      </div>
    </>
  );
}

function SignInFirst() {
  const t = useMessages();
  const back = useLocation({ select: (location) => location.href });
  return (
    <Notice>
      <div>{t.exercise.signInToSubmit}</div>
      <Link to="/sign-in" search={{ back }}>{t.app.signIn}</Link>
      <Link to="/register" search={{ back }}>{t.app.register}</Link>
    </Notice>
  );
}

function TryPanel({ input, onInput, children }: { input: string; onInput: (input: string) => void; children: ReactNode }) {
  const t = useMessages();
  return (
    <div className={styles.try}>
      <label className={styles.sample}>
        <strong>{t.exercise.ownInput}</strong>
        <textarea className={styles.input} value={input} onChange={(event) => onInput(event.target.value)} spellCheck={false} placeholder={t.exercise.ownInputHint} />
      </label>
      {children}
    </div>
  );
}
