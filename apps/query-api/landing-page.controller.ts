import { Controller, Get, Header, Inject, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Public } from '../../libs/runtime/identity/access';

/** The page at `/`, read once; the policy names its one script and one style by their hashes, and allows nothing else. */
export class LandingPage {
  readonly html = readFileSync(join(__dirname, 'landing-page.html'), 'utf8');
  readonly policy = [
    "default-src 'none'",
    "connect-src 'self'",
    `script-src ${hashOf(this.html, 'script')}`,
    `style-src ${hashOf(this.html, 'style')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** Hash of the text of an element as a source of a content security policy. */
function hashOf(html: string, element: string): string {
  const text = new RegExp(`<${element}>([^]*?)</${element}>`).exec(html)?.[1] ?? '';
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

@ApiExcludeController()
@Public()
@Controller()
export class LandingPageController {
  constructor(@Inject(LandingPage) private readonly page: LandingPage) {}

  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('cache-control', 'no-cache')
  show(@Res({ passthrough: true }) reply: FastifyReply): string {
    void reply.header('content-security-policy', this.page.policy);
    return this.page.html;
  }
}
