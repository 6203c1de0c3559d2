/** Makes the relay answer before it commits: what a test that kills it must notice. */
import { GroupCommit, type Work } from "../../store/group-commit.ts";

/** How long the commit lags behind the answer. */
const LAG_MILLISECONDS = 20;

const run = GroupCommit.prototype.run;

GroupCommit.prototype.run = function <T>(work: Work<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const eager: Work<T> = async (trx) => {
      const value = await work(trx);
      resolve(value);
      await new Promise((later) => setTimeout(later, LAG_MILLISECONDS));
      return value;
    };
    run.call(this, eager).catch(reject);
  });
};
