import { Injectable, OnModuleDestroy } from '@nestjs/common';
import { Readable } from 'node:stream';

/** The live feeds of this process: answers that never end by themselves must be ended before the server can close. */
@Injectable()
export class OpenFeeds implements OnModuleDestroy {
  private readonly feeds = new Set<Readable>();

  get size(): number {
    return this.feeds.size;
  }

  add(feed: Readable): Readable {
    this.feeds.add(feed);
    feed.once('close', () => this.feeds.delete(feed));
    return feed;
  }

  onModuleDestroy(): void {
    for (const feed of this.feeds) feed.destroy();
  }
}
