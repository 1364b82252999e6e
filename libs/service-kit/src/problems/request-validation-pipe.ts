import { Injectable, StandardSchemaValidationPipe, type ArgumentMetadata } from '@nestjs/common';
import { HttpProblem } from './http-problem.js';

const MAX_ISSUES = 20;

/**
 * Checks what has a schema (`@Body({ schema })`, `@Query({ schema })`, `@Param('id', { schema })`) and hands on what the
 * schema made of it. 400 `invalid-request` names each bad field or parameter.
 */
@Injectable()
export class RequestValidationPipe extends StandardSchemaValidationPipe {
  override async transform<T>(value: T, metadata: ArgumentMetadata): Promise<T> {
    const { schema } = metadata;
    if (schema === undefined || !this.toValidate(metadata)) return value;
    this.stripProtoKeys(value);
    const result = await this.validate(value, schema);
    if (result.issues === undefined) return result.value as T;
    throw invalidRequest(result.issues, metadata.data);
  }
}

interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

function invalidRequest(issues: readonly Issue[], parameter: string | undefined): HttpProblem {
  const texts = issues.slice(0, MAX_ISSUES).map(({ message, path }) => {
    const inner = (path ?? []).map((part) => String(typeof part === 'object' ? part.key : part));
    const name = [...(parameter === undefined ? [] : [parameter]), ...inner].join('.');
    return name === '' ? message : `${name}: ${message}`;
  });
  if (issues.length > MAX_ISSUES) texts.push(`and ${issues.length - MAX_ISSUES} more`);
  return new HttpProblem(400, 'invalid-request', texts.join('; '));
}
