import { ImportProgress, ImportStep } from '../../libs/ledger/import-report';
import { count } from './output';
import { ProgressLine, showProgress } from './progress';

const TITLES: Record<ImportStep, string> = {
  reading: 'Reading 通读',
  comparing: 'Dry run 试导入',
  recording: 'Importing 导入',
};

/** How far an import has come: a line of its own for each step. */
export class ShownImport {
  private shown?: { step: ImportStep; line: ProgressLine };

  constructor(private readonly name: string) {}

  update({ step, rows, rate, bytesRead, bytesTotal }: ImportProgress): void {
    if (this.shown?.step !== step) {
      this.end();
      this.shown = { step, line: showProgress(`${TITLES[step]} ${this.name}`, 'bytes') };
    }
    const counted = step === 'reading' ? '' : `${count(rows)} rows, `;
    this.shown.line.update({ done: bytesRead, total: bytesTotal, text: `${counted}${count(rate)} rows/s` });
  }

  /** Leaves the last state standing. */
  end(): void {
    this.shown?.line.end();
    this.shown = undefined;
  }
}
