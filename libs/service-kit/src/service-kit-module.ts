import { Module, type DynamicModule } from '@nestjs/common';
import { Health } from './health/health.js';
import { HealthController } from './health/health-controller.js';
import { LOGGER, METRICS, SERVICE_KIT, type ServiceKit } from './kit.js';
import { MetricsController } from './metrics/metrics-controller.js';
import { Shutdown } from './shutdown.js';

/** Gives the kit to every module of the service, and its health and metrics to everybody. */
@Module({})
export class ServiceKitModule {
  static with(kit: ServiceKit): DynamicModule {
    const providers = [
      { provide: SERVICE_KIT, useValue: kit },
      { provide: LOGGER, useValue: kit.logger },
      { provide: METRICS, useValue: kit.metrics },
      { provide: Health, useValue: kit.health },
      { provide: Shutdown, useValue: kit.shutdown },
    ];
    const controllers = [HealthController, MetricsController];
    return { module: ServiceKitModule, global: true, controllers, providers, exports: providers };
  }
}
