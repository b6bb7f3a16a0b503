import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { createMetrics } from '../src/metrics.js';
import { readCompose } from './support/compose-file.js';

/** The way of a metric from our processes to a chart: collector, Prometheus, Grafana, each told where the one before it is. */
const root = fileURLToPath(new URL('..', import.meta.url));
const text = (path: string): string => readFileSync(join(root, path), 'utf8');

describe('what watches it', () => {
  const distributed = readCompose('compose.distributed.yaml');
  const collector = parse(text('docker/otel/collector.yaml')) as {
    receivers: {
      prometheus: {
        config: {
          scrape_configs: {
            authorization: { credentials: string };
            dns_sd_configs: { names: string[]; port: number }[];
          }[];
        };
      };
    };
    exporters: { prometheus: { endpoint: string } };
  };

  it('collects from every process of ours, with the key', () => {
    const [scrape] = collector.receivers.prometheus.config.scrape_configs;
    const lasting = Object.entries(distributed.services).flatMap(([name, { image, restart }]) =>
      image.startsWith('marquee:') && restart !== 'no' ? [name] : [],
    );
    expect(scrape!.dns_sd_configs[0]).toMatchObject({
      names: expect.arrayContaining(lasting) as string[],
      port: 8080,
    });
    expect(scrape!.dns_sd_configs[0]!.names).toHaveLength(lasting.length);
    expect(scrape!.authorization.credentials).toBe('${env:API_KEY}');
    expect(distributed.services['collector']!.environment).toHaveProperty('API_KEY');
  });

  it('hands it from one to the next at the ports where they are', () => {
    const port = collector.exporters.prometheus.endpoint.split(':')[1]!;
    expect(text('docker/prometheus/prometheus.yml')).toContain(`collector:${port}`);
    expect(text('docker/grafana/provisioning/datasources/prometheus.yaml')).toContain(
      'http://prometheus:9090',
    );
    const { path } = (
      parse(text('docker/grafana/provisioning/dashboards/marquee.yaml')) as {
        providers: { options: { path: string } }[];
      }
    ).providers[0]!.options;
    expect(distributed.services['grafana']!.volumes).toContain(`../dashboards/grafana:${path}:ro`);
  });

  it('shows metrics that there are', () => {
    // test/operations.test.ts holds that page against the registry of a running service.
    const documented = [...text('docs/operations.md').matchAll(/`(marquee_\w+)`/g)].map(([, name]) => name!);
    const standard = createMetrics()
      .registry.getMetricsAsArray()
      .map(({ name }) => name);
    const known = new Set([...documented, ...standard]);
    const boards = readdirSync(join(root, 'dashboards/grafana')).filter((name) => name.endsWith('.json'));
    expect(boards).not.toHaveLength(0);
    for (const board of boards) {
      const shown = [...text(`dashboards/grafana/${board}`).matchAll(/\b(?:marquee|process)_\w+/g)].map(
        ([name]) => name.replace(/_(bucket|count|sum)$/, ''),
      );
      expect(shown).not.toHaveLength(0);
      for (const name of new Set(shown)) expect(known, `${board}: ${name}`).toContain(name);
    }
  });
});
