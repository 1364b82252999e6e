import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { ServiceKit } from './kit.js';

/** The API's description at `/docs-json`, and as a page that needs nothing from elsewhere at `/docs`. */
export function serveOpenApi(app: INestApplication, { name, version }: ServiceKit, description: string): void {
  const config = new DocumentBuilder()
    .setTitle(`Muster ${name}`)
    .setDescription(description)
    .setVersion(version)
    .build();
  SwaggerModule.setup('docs', app, () => SwaggerModule.createDocument(app, config), {
    jsonDocumentUrl: 'docs-json',
    raw: ['json'],
    customSiteTitle: `Muster ${name}`,
    swaggerOptions: { validatorUrl: null },
  });
}
