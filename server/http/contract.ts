import Type from 'typebox';
import { route } from '#domain/contract.ts';

/** What the HTTP edge answers itself. */
export const httpContract = {
  openapi: route({
    method: 'GET',
    path: '/api/openapi.json',
    summary: { zh: '由契约生成的 OpenAPI 3.1 文档', en: 'The OpenAPI 3.1 document, generated from the contracts' },
    access: 'session',
    response: Type.Record(Type.String(), Type.Unknown()),
    example: { response: { openapi: '3.1.0' } },
  }),
  metrics: route({
    method: 'GET',
    path: '/metrics',
    summary: { zh: 'Prometheus 指标', en: 'Metrics for Prometheus' },
    access: 'health.read',
    produces: ['text/plain'],
  }),
};
