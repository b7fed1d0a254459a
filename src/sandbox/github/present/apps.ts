/** Apps, installations and webhook deliveries. */
import type { Delivery } from '../state/deliveries.ts';
import type { App, Installation } from '../state/model.ts';
import { time, timeOrNull, type Json } from './accounts.ts';
import { CodePresenter } from './code.ts';

export class AppPresenter extends CodePresenter {
  /** Also called an integration. */
  app(app: App): Json {
    return {
      id: app.id,
      slug: app.slug,
      node_id: this.nodeId('App', app.id),
      client_id: app.clientId,
      owner: this.userById(app.owner),
      name: app.name,
      description: app.description,
      external_url: app.url,
      html_url: `${this.state.url}/apps/${app.slug}`,
      created_at: time(app.createdAt),
      updated_at: time(app.updatedAt),
      permissions: app.permissions,
      events: app.events,
    };
  }

  appById(id: number | null): Json | null {
    const app = id === null ? undefined : this.state.data.apps.get(id);
    return app ? this.app(app) : null;
  }

  installation(installation: Installation): Json {
    const account = this.state.people.account(installation.account);
    const app = this.state.data.apps.get(installation.app);
    const isOrg = account !== undefined && 'teams' in account;
    const place = isOrg ? `organizations/${account.login}/settings` : 'settings';
    return {
      id: installation.id,
      account: account ? this.user(account) : null,
      repository_selection: installation.repositories === 'all' ? 'all' : 'selected',
      access_tokens_url: this.api(`/app/installations/${installation.id}/access_tokens`),
      repositories_url: this.api('/installation/repositories'),
      html_url: `${this.state.url}/${place}/installations/${installation.id}`,
      app_id: installation.app,
      app_slug: app?.slug ?? '',
      client_id: app?.clientId ?? '',
      target_id: installation.account,
      target_type: isOrg ? 'Organization' : 'User',
      permissions: installation.permissions,
      events: installation.events,
      created_at: time(installation.createdAt),
      updated_at: time(installation.updatedAt),
      single_file_name: null,
      has_multiple_single_files: false,
      single_file_paths: [],
      suspended_by: this.userById(installation.suspendedBy),
      suspended_at: timeOrNull(installation.suspendedAt),
    };
  }

  /** Ids are above 2^53: bigint here, a bare number on the wire. */
  delivery(delivery: Delivery): Json {
    return {
      id: BigInt(delivery.id),
      guid: delivery.guid,
      delivered_at: new Date(delivery.deliveredAt).toISOString(),
      redelivery: delivery.redelivery,
      duration: delivery.duration,
      status: delivery.status,
      status_code: delivery.statusCode,
      event: delivery.event,
      action: delivery.action,
      installation_id: delivery.installation,
      repository_id: delivery.repository,
      throttled_at: null,
    };
  }

  fullDelivery(delivery: Delivery): Json {
    return {
      ...this.delivery(delivery),
      url: delivery.url,
      request: { headers: delivery.requestHeaders, payload: JSON.parse(delivery.body) as Json },
      response: { headers: delivery.responseHeaders ?? {}, payload: delivery.responseBody ?? '' },
    };
  }
}
