//! Submissions that attack the grading itself. They can print what they like as their answer; they can never learn what
//! is expected or what another test asks, nor make a wrong answer pass.

use crate::common::{call, grade, stdio};
use events::judgement::Verdict;

/// Every way in which a submission might bend what the call runner uses, to turn 2 into the expected 3. None knows 3.
const BENT: &[&str] = &[
    "import builtins\nbuiltins.repr = lambda value: 'bent'\ndef f(x): return x",
    "import builtins\nbuiltins.eval = builtins.compile = builtins.exec = lambda *a, **k: True\ndef f(x): return x",
    "import builtins\nbuiltins.print = lambda *a, **k: None\ndef f(x): print(x)",
    "class Equal(int):\n  __eq__ = lambda a, b: True\n  __hash__ = int.__hash__\ndef f(x): return Equal(x)",
    "class Equal:\n  __eq__ = lambda a, b: True\n  __repr__ = lambda a: ''\ndef f(x): return Equal()",
    "import os\nos.write = lambda fd, data: len(data)\ndef f(x): return x",
    "import os\nos._exit = lambda code: None\ndef f(x): return x",
    "import sys\nsys.stdout = None\ndef f(x): return x",
    "import sys\nsys.modules['solution'] = None\ndef f(x): return x",
    "import sys\nsys.exit = sys.excepthook = lambda *a: None\ndef f(x): raise SystemExit(0)",
    "import os\nos.close(3); os.close(4)\ndef f(x): return x",
    "import os\nfor fd in range(1, 64):\n  try: os.write(fd, b'accepted\\n')\n  except OSError: pass\nos._exit(0)",
    "import os\nfor fd in range(1, 64):\n  try: os.write(fd, b'exited 0 1 1\\n')\n  except OSError: pass\ndef f(x): return x",
    "import atexit, os\natexit.register(os.write, 4, b'=accepted')\ndef f(x): return x",
    "import os\nif os.fork():\n  os._exit(0)\ndef f(x): return x",
    "import os, time\nif os.fork() == 0:\n  os.setsid()\n  time.sleep(1)\n  os.write(4, b'=accepted')\n  os._exit(0)\ndef f(x): return x",
    "import threading, os\nthreading.Thread(target=lambda: [os.write(4, b'=') for _ in range(9)]).start()\ndef f(x): return x",
    "import sys\nframe = sys._getframe(1)\nframe.f_locals['expression'] = compile('3', '', 'eval')\ndef f(x): return x",
    "import gc\nfor thing in gc.get_objects():\n  if isinstance(thing, dict) and 'expected' in thing: print(thing['expected'])\ndef f(x): return x",
    "import signal, os\nsignal.alarm(1)\nos.kill(1, 9); os.kill(os.getppid(), 9)\ndef f(x): return x",
];

#[test]
fn nothing_bends_a_wrong_answer_right() {
    for source in BENT {
        let graded = grade(source, vec![call("f(2)", "3")]);
        assert_ne!(graded.verdict, Verdict::Accepted, "{source}: {graded:?}");
        assert_ne!(graded.verdict, Verdict::JudgeError, "{source}: {graded:?}");
    }
}

/// Looks for two texts, which it has only in halves, in every file, argument, variable and descriptor it can read.
const SEARCHER: &str = r"
import os, sys
wanted = ['KEEP-' + 'OUT-EXPECTED', 'KEEP-' + 'OUT-OTHER-TEST']
def look(path):
    try:
        with open(path, 'rb', buffering=0) as file: return file.read(1 << 20)
    except OSError: return b''
def search():
    seen = [(str(fd), look('/proc/self/fd/%d' % fd)) for fd in (0, *range(5, 64))]
    for process in filter(str.isdigit, os.listdir('/proc')):
        for name in ('cmdline', 'environ', 'comm', 'mountinfo', 'maps', 'status'):
            path = '/proc/%s/%s' % (process, name)
            seen.append((path, look(path)))
    for top in ('/tmp', '/dev/shm', '/box-init'):
        for folder, _, files in os.walk(top):
            seen += [(name, look(os.path.join(folder, name))) for name in files]
    seen.append(('box-init', look('/box-init')))
    return [(place, text) for place, content in seen for text in wanted if text.encode() in content]
def f(x): return search()
";

#[test]
fn neither_expected_texts_nor_other_tests_are_in_the_box() {
    let program = format!("{SEARCHER}\nprint(search())");
    for test in [stdio("", "KEEP-OUT-EXPECTED"), call("f(1)", "KEEP-OUT-EXPECTED")] {
        let source =
            if matches!(test.kind, events::package::TestKind::Stdio { .. }) { &program } else { SEARCHER };
        let other = stdio("KEEP-OUT-OTHER-TEST", "");
        let graded = grade(source, vec![other.clone(), test, other]);
        let result = &graded.tests[1];
        assert_eq!(result.verdict, Verdict::WrongAnswer, "{graded:?}");
        assert_eq!(result.output.as_deref().map(<[u8]>::trim_ascii), Some(b"[]".as_slice()), "{graded:?}");
    }
}

#[test]
fn one_test_leaves_nothing_for_the_next() {
    let source = r"
import os, socket
seen = [name for name in os.listdir('/tmp') + os.listdir('/dev/shm') + os.listdir('.') if name not in ('work', 'main.py')]
open('/tmp/note', 'w').write(input()); open('note', 'w').close()
os.symlink('/etc/passwd', 'passwd'); os.mkfifo('fifo'); os.symlink('/proc/1/fd/5', '/tmp/control')
abstract = socket.socket(socket.AF_UNIX)
try: abstract.bind('\0note')
except OSError: seen.append('socket')
if os.fork() == 0:
    os.setsid()
    while True: pass
print(seen)
";
    let tests = vec![stdio("a", "[]"), stdio("b", "[]"), stdio("c", "[]")];
    assert_eq!(grade(source, tests).verdict, Verdict::Accepted);
}

#[test]
fn traps_left_in_place_of_the_source_are_never_followed() {
    let source = r"
import os
os.remove('main.py')
os.mkfifo('main.py')
print('done')
";
    assert_eq!(grade(source, vec![stdio("", "done"), stdio("", "done")]).verdict, Verdict::Accepted);
}
