"""The other libraries of the bake-off, run on the streams that stream-file.ts writes.

Reads one job as JSON from standard input and prints one JSON object per line:

  {"task": "quality", "system": S, "stream": PATH, "configurations": [{"id": ..., ...}, ...]}
  {"task": "speed",   "stream": PATH, "configuration": {...}, "repeats": R, "folder": PATH, "core": C}   (Vowpal Wabbit)

Every system gets the same loop (`play`): rewards that are due are learned, then an arm is chosen, then, if its reward is known at once, that is learned.
"""

import heapq
import json
import os
import sys
import time

import numpy as np


class Problem:
    """A stream: see stream-file.ts for the layout."""

    def __init__(self, path):
        with open(path, "rb") as file:
            content = file.read()
        self.steps, self.dimension, self.arms, self.seed = (int(v) for v in np.frombuffer(content, "<u4", 4))
        at = 16
        self.arrivals = np.frombuffer(content, "<i4", self.arms, at)
        at += 4 * self.arms
        self.delays = np.frombuffer(content, "<i4", self.steps, at)
        at += 4 * self.steps
        self.contexts = np.frombuffer(content, "<f4", self.steps * self.dimension, at).reshape(self.steps, -1)
        at += 4 * self.steps * self.dimension
        self.rewards = np.frombuffer(content, "u1", self.steps * self.arms, at).reshape(self.steps, -1)
        # Arms arrive in ascending order, so those offered at a step are the first so many.
        self.offered = [int(np.sum(self.arrivals <= step)) for step in range(self.steps)]
        self._texts = None

    def text(self, step):
        """The features of a step as Vowpal Wabbit reads them; its own constant stands for the intercept. Zeros are left out: it is a sparse learner.

        Names are words, not numbers: Vowpal Wabbit uses a number as it is, and then neighbouring features of different actions collide.
        """
        if self._texts is None:
            self._texts = [
                " ".join(f"f{i}:{value:.7g}" for i, value in enumerate(x[:-1]) if value != 0) for x in self.contexts
            ]
        return self._texts[step]


class VowpalWabbit:
    """--cb_explore_adf with weights of its own for every action (-q ax, one namespace for the context and one for the action's name)."""

    BASE = ["--quiet", "--cb_explore_adf", "-q", "ax", "--ignore_linear", "x"]

    def __init__(self, problem, configuration):
        import vowpalwabbit

        self.problem = problem
        self.rng = np.random.RandomState(problem.seed)
        self.rewarded, self.unrewarded = configuration["costs"]
        self.actions = [f"|a k{arm}" for arm in range(problem.arms)]
        self.waiting = {}
        self.workspace = vowpalwabbit.Workspace(arg_list=[*self.BASE, *vw_arguments(configuration, problem.seed)])

    def choose(self, step):
        offered = self.problem.offered[step]
        examples = self.workspace.parse(["shared |x " + self.problem.text(step), *self.actions[:offered]])
        p = np.asarray(self.workspace.predict(examples))
        p = p / p.sum()
        arm = int(self.rng.choice(offered, p=p))
        # Kept until the reward is known: parsing the text again would cost half as much again.
        self.waiting[step] = examples
        return arm, float(p[arm])

    def learn(self, step, arm, propensity, reward):
        examples = self.waiting.pop(step)
        examples[1 + arm].set_label_string(self.label(propensity, reward))
        self.workspace.learn(examples)
        self.workspace.finish_example(examples)

    def lines(self, step, arm, propensity, reward):
        lines = ["shared |x " + self.problem.text(step), *self.actions[: self.problem.offered[step]]]
        lines[1 + arm] = self.label(propensity, reward) + lines[1 + arm]
        return lines

    def label(self, propensity, reward):
        return f"0:{self.rewarded if reward else self.unrewarded}:{propensity:.6g} "

    def finish(self):
        for examples in self.waiting.values():
            self.workspace.finish_example(examples)
        self.workspace.finish()


def vw_arguments(configuration, seed):
    costs = ["--cb_min_cost", str(min(configuration["costs"])), "--cb_max_cost", str(max(configuration["costs"]))]
    arguments = configuration["arguments"].split()
    bounded = any(option in arguments for option in ("--squarecb", "--regcb", "--regcbopt"))
    return [*arguments, *(costs if bounded else []), "--random_seed", str(seed)]


class MabWiser:
    def __init__(self, problem, configuration):
        from mabwiser.mab import MAB, LearningPolicy

        self.problem = problem
        self.rng = np.random.RandomState(problem.seed)
        policy = getattr(LearningPolicy, configuration["policy"])(**configuration["settings"])
        self.arms = problem.offered[0]
        self.mab = MAB(list(range(self.arms)), policy, seed=problem.seed)
        self.fitted = False

    def choose(self, step):
        while self.arms < self.problem.offered[step]:
            self.mab.add_arm(self.arms)
            self.arms += 1
        if not self.fitted:
            return int(self.rng.randint(self.arms)), 1 / self.arms
        return int(self.mab.predict(self.problem.contexts[step : step + 1])), 1.0

    def learn(self, step, arm, _propensity, reward):
        self.mab.partial_fit([arm], [int(reward)], self.problem.contexts[step : step + 1])
        self.fitted = True

    def finish(self):
        pass


class ContextualBandits:
    def __init__(self, problem, configuration):
        from contextualbandits import online

        self.problem = problem
        self.arms = problem.offered[0]
        self.policy = getattr(online, configuration["policy"])(
            nchoices=self.arms, random_state=problem.seed, fit_intercept=False, **configuration["settings"]
        )
        self.contexts = problem.contexts.astype(np.float64)

    def choose(self, step):
        while self.arms < self.problem.offered[step]:
            self.policy.add_arm()
            self.arms += 1
        return int(self.policy.predict(self.contexts[step : step + 1])[0]), 1.0

    def learn(self, step, arm, _propensity, reward):
        self.policy.partial_fit(self.contexts[step : step + 1], np.array([arm]), np.array([float(reward)]))

    def finish(self):
        pass


SYSTEMS = {"vowpalwabbit": VowpalWabbit, "mabwiser": MabWiser, "contextualbandits": ContextualBandits}


def play(problem, system, log=None):
    """Sum of rewards earned; what was decided goes to `log`."""
    earned = 0
    waiting = []
    for step in range(problem.steps):
        while waiting and waiting[0][0] <= step:
            _, decided, arm, propensity, reward = heapq.heappop(waiting)
            system.learn(decided, arm, propensity, reward)
        arm, propensity = system.choose(step)
        reward = int(problem.rewards[step, arm])
        earned += reward
        if log is not None:
            log.append((step, arm, propensity, reward))
        if problem.delays[step] == 0:
            system.learn(step, arm, propensity, reward)
        else:
            heapq.heappush(waiting, (step + int(problem.delays[step]), step, arm, propensity, reward))
    return earned


def quality(job):
    problem = Problem(job["stream"])
    for configuration in job["configurations"]:
        system = SYSTEMS[job["system"]](problem, configuration)
        if job["system"] == "vowpalwabbit":
            problem.text(0)
        began = time.process_time()
        earned = play(problem, system)
        seconds = time.process_time() - began
        system.finish()
        say({"id": configuration["id"], "averageReward": earned / problem.steps, "cpuSeconds": seconds})


def speed(job):
    """Vowpal Wabbit's own loop in C++: it predicts, then learns, each example of a log of its own decisions, read from its binary cache."""
    os.sched_setaffinity(0, {job["core"]})
    problem = Problem(job["stream"])
    system = VowpalWabbit(problem, job["configuration"])
    log = []
    problem.text(0)
    began = time.process_time()
    play(problem, system, log)
    api = (time.process_time() - began) / problem.steps
    layouts = {"interaction": VowpalWabbit.BASE, "copied": ["--quiet", "--cb_explore_adf"]}
    core = {
        name: core_seconds(job, problem, system, log, name, base, job["repeats"]) for name, base in layouts.items()
    }
    system.finish()
    say({"examples": problem.steps * job["repeats"], "apiSeconds": api, "coreSeconds": core})


def core_seconds(job, problem, system, log, layout, base, repeats):
    """CPU seconds per example of one layout: every action's features by interaction, or copied into a namespace of its own."""
    import vowpalwabbit

    text = os.path.join(job["folder"], f"vw-{layout}.txt")
    cache = os.path.join(job["folder"], f"vw-{layout}.cache")
    with open(text, "w", encoding="utf-8") as file:
        for _ in range(repeats):
            for entry in log:
                lines = system.lines(*entry) if layout == "interaction" else copied_lines(problem, system, *entry)
                file.write("\n".join(lines) + "\n\n")
    arguments = [*base, *vw_arguments(job["configuration"], problem.seed)]
    if os.path.exists(cache):
        os.remove(cache)
    vowpalwabbit.Workspace(arg_list=[*arguments, "-d", text, "--cache_file", cache]).finish()
    empty = cpu_of(lambda: vowpalwabbit.Workspace(arg_list=arguments).finish())
    whole = cpu_of(lambda: vowpalwabbit.Workspace(arg_list=[*arguments, "-d", text, "--cache_file", cache]).finish())
    os.remove(text)
    os.remove(cache)
    return (whole - empty) / (len(log) * repeats)


def copied_lines(problem, system, step, arm, propensity, reward):
    label = system.label(propensity, reward)
    features = problem.text(step)
    return [
        (label if action == arm else "") + f"|k{action} {features} c" for action in range(problem.offered[step])
    ]


def cpu_of(run):
    """CPU of all threads: Vowpal Wabbit parses in a second one."""
    began = time.process_time()
    run()
    return time.process_time() - began


def say(message):
    print(json.dumps(message), flush=True)


if __name__ == "__main__":
    task = json.load(sys.stdin)
    {"quality": quality, "speed": speed}[task["task"]](task)
