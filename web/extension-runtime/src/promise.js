// A Promise whose jobs this package runs itself. The component's export is synchronous and the engine never runs
// its own job queue there, so a native promise would stay pending for ever. The build turns async functions into
// generators over the global Promise, which is this one.

const jobs = [];
const PENDING = "pending";

// Runs jobs until none is left, those that jobs add included.
export function runJobs() {
  for (let at = 0; at < jobs.length; at += 1) {
    jobs[at]();
    if (at === 1023) {
      jobs.splice(0, at + 1);
      at = -1;
    }
  }
  jobs.length = 0;
}

export class DrainedPromise {
  #state = PENDING;
  #value;
  #reactions = [];

  constructor(executor) {
    if (typeof executor !== "function") {
      throw new TypeError("A promise is made with a function.");
    }
    const { resolve, reject } = this.#settlers();
    try {
      executor(resolve, reject);
    } catch (error) {
      reject(error);
    }
  }

  get [Symbol.toStringTag]() {
    return "Promise";
  }

  then(onFulfilled, onRejected) {
    const next = DrainedPromise.withResolvers();
    const react = () => {
      const isFulfilled = this.#state === "fulfilled";
      const react = isFulfilled ? onFulfilled : onRejected;
      if (typeof react !== "function") {
        (isFulfilled ? next.resolve : next.reject)(this.#value);
        return;
      }
      try {
        next.resolve(react(this.#value));
      } catch (error) {
        next.reject(error);
      }
    };
    if (this.#state === PENDING) {
      this.#reactions.push(react);
    } else {
      jobs.push(react);
    }
    return next.promise;
  }

  catch(onRejected) {
    return this.then(undefined, onRejected);
  }

  finally(onFinally) {
    if (typeof onFinally !== "function") {
      return this.then(onFinally, onFinally);
    }
    return this.then(
      (value) => DrainedPromise.resolve(onFinally()).then(() => value),
      (error) =>
        DrainedPromise.resolve(onFinally()).then(() => {
          throw error;
        }),
    );
  }

  #settle(state, value) {
    this.#state = state;
    this.#value = value;
    jobs.push(...this.#reactions.splice(0));
  }

  // Only the first call of either counts.
  #settlers() {
    let isSpent = false;
    const once = (act) => (value) => {
      if (!isSpent) {
        isSpent = true;
        act(value);
      }
    };
    return {
      resolve: once((value) => this.#follow(value)),
      reject: once((error) => this.#settle("rejected", error)),
    };
  }

  #follow(value) {
    if (value === this) {
      this.#settle("rejected", new TypeError("A promise cannot wait for itself."));
      return;
    }
    let then;
    try {
      then = isObject(value) ? value.then : undefined;
    } catch (error) {
      this.#settle("rejected", error);
      return;
    }
    if (typeof then !== "function") {
      this.#settle("fulfilled", value);
      return;
    }
    const { resolve, reject } = this.#settlers();
    jobs.push(() => {
      try {
        then.call(value, resolve, reject);
      } catch (error) {
        reject(error);
      }
    });
  }

  static withResolvers() {
    let settlers;
    const promise = new DrainedPromise((resolve, reject) => {
      settlers = { resolve, reject };
    });
    return { promise, ...settlers };
  }

  static resolve(value) {
    return value instanceof DrainedPromise ? value : new DrainedPromise((resolve) => resolve(value));
  }

  static reject(error) {
    return new DrainedPromise((_, reject) => reject(error));
  }

  static try(act, ...values) {
    return new DrainedPromise((resolve) => resolve(act(...values)));
  }

  static all(promises) {
    return collected(promises, (promise, at, done, reject) =>
      promise.then((value) => done(at, value), reject),
    );
  }

  static allSettled(promises) {
    return collected(promises, (promise, at, done) =>
      promise.then(
        (value) => done(at, { status: "fulfilled", value }),
        (reason) => done(at, { status: "rejected", reason }),
      ),
    );
  }

  static any(promises) {
    return new DrainedPromise((resolve, reject) => {
      const turned = [...promises].map((promise) =>
        DrainedPromise.resolve(promise).then(
          (value) => {
            throw { value };
          },
          (error) => error,
        ),
      );
      DrainedPromise.all(turned).then(
        (errors) => reject(new AggregateError(errors, "No promise was fulfilled.")),
        ({ value }) => resolve(value),
      );
    });
  }

  static race(promises) {
    return new DrainedPromise((resolve, reject) => {
      for (const promise of promises) {
        DrainedPromise.resolve(promise).then(resolve, reject);
      }
    });
  }
}

function collected(promises, watch) {
  return new DrainedPromise((resolve, reject) => {
    const waiting = [...promises];
    const results = new Array(waiting.length);
    let left = waiting.length;
    const done = (at, result) => {
      results[at] = result;
      left -= 1;
      if (left === 0) {
        resolve(results);
      }
    };
    if (left === 0) {
      resolve(results);
    }
    waiting.forEach((promise, at) => watch(DrainedPromise.resolve(promise), at, done, reject));
  });
}

function isObject(value) {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}
