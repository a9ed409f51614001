/** A question whose answer does not show. Unlike inquirer's own, it begins anew after an answer that was refused. */
import { createPrompt, isEnterKey, makeTheme, useKeypress, usePrefix, useState } from '@inquirer/core';

export interface HiddenQuestion {
  message: string;
  /** True, or what is wrong with the answer. */
  validate: (answer: string) => true | string;
  /** What was wrong with the answer before. */
  problem?: string | undefined;
}

export const hiddenPrompt = createPrompt<string, HiddenQuestion>((question, done) => {
  const theme = makeTheme();
  const [status, setStatus] = useState<'idle' | 'done'>('idle');
  const [typed, setTyped] = useState('');
  const [problem, setProblem] = useState(question.problem);
  const prefix = usePrefix({ status, theme });

  useKeypress((key, rl) => {
    if (status === 'done') return;
    if (!isEnterKey(key)) {
      setTyped(rl.line);
      setProblem(undefined);
      return;
    }
    const verdict = question.validate(typed);
    rl.clearLine(0);
    if (verdict === true) {
      setStatus('done');
      done(typed);
    } else {
      setTyped('');
      setProblem(verdict);
    }
  });

  // An emoji is one character to whoever types it.
  const masked = '*'.repeat([...typed].length);
  const shown = status === 'done' ? theme.style.answer(masked) : masked;
  return [
    `${prefix} ${theme.style.message(question.message, status)} ${shown}`,
    problem === undefined ? '' : theme.style.error(problem),
  ];
});
